/** attestation-service: appraises evidence for those who cannot do it themselves. */
import { resolve } from 'node:path';
import { buildCommand } from '@stricli/core';
import { anchorText } from '../anchor-text.ts';
import { type Context, note, print } from '../context.ts';
import {
  connectionsFlag,
  examples,
  type Json,
  jsonFlag,
  numberFlag,
  requiredText,
  textFlag,
} from '../flags.ts';
import { type MachineFlags, machineFlags, machineOf } from '../machine-flags.ts';
import { PROGRAM, programVersion } from '../program.ts';
import { interruptSignal } from '../terminal/interrupt.ts';
import { rotationSignal } from '../terminal/rotation-signal.ts';
import { untilOver } from '../terminal/until-over.ts';
import { policyAt } from '../trust.ts';

interface ServiceFlags extends Json, MachineFlags {
  readonly data: string;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly policy?: string | undefined;
  readonly rate?: number | undefined;
  readonly connectionsPerAddress?: number | undefined;
}

export const attestationService = buildCommand<ServiceFlags, [], Context>({
  docs: {
    brief: 'Run an attestation service, for relying parties that cannot verify',
    fullDescription: `Takes evidence and answers with a signed result (EAR, a JWT), or with a report of the form that Teaclave's clients know. On
a real machine it vouches for all real ones, on a simulated machine for that one. --policy: what its results affirm; without one, genuine machines that are up to date,
whatever they run, about which the results then say nothing. Its keys are in the data folder, sealed; its certificate is
attested. SIGUSR2 rotates the keys of what is stored. docs/enclave/attestation-service.md has the paths.

${examples(
  'gaiwan attestation-service --data ./attestation-data --policy policy.json',
  'gaiwan attestation-service --data ./attestation-data --tee simulation --simulation ./machine --port 8443',
)}`,
  },
  parameters: {
    flags: {
      data: requiredText('Folder for its keys; made if missing', 'DIR'),
      ...machineFlags,
      host: textFlag('Address to listen on (default: 127.0.0.1)', 'HOST'),
      port: numberFlag('Port (default: 8443; 0: any)', 0, 65535),
      policy: textFlag('Appraisal policy (JSON)', 'FILE'),
      rate: numberFlag('Requests in a second that one address may make (default: 10)', 1, 10_000),
      connectionsPerAddress: connectionsFlag,
      json: jsonFlag,
    },
  },
  async func(flags) {
    const { data, host, port, policy, rate, connectionsPerAddress, json } = flags;
    const stopped = interruptSignal();
    const rotateWhenAsked = rotationSignal(this);
    const { startAttestationService } = await import('@gaiwan/platform');
    const service = await startAttestationService({
      program: PROGRAM,
      data: resolve(data),
      machine: machineOf(flags),
      ...(policy !== undefined && { policy: policyAt(policy) }),
      version: programVersion(),
      report: (error) => note(this, `gaiwan: ${String(error)}`),
      ...(host !== undefined && { host }),
      ...(port !== undefined && { port }),
      ...(rate !== undefined && { perSecond: rate }),
      ...(connectionsPerAddress !== undefined && { connectionsPerAddress }),
    });
    const { url, tee, registers, anchor } = service;
    print(this, json === true, { url, tee, registers, anchor: anchor ?? 'none' }, () =>
      [
        `The attestation service is ready.${tee === 'simulation' ? ' SIMULATION: what it says is worth nothing outside of tests.' : ''}`,
        `  address      ${url}`,
        `  attested by  ${tee}`,
        `  anchor       ${anchorText(anchor)}`,
      ].join('\n'),
    );
    rotateWhenAsked(service);
    await untilOver(this, stopped, service);
  },
});
