/** measure: what a platform of this installation is. */

import type { MeasuredProgram } from '@gaiwan/platform';
import { buildCommand } from '@stricli/core';
import { type Context, print } from '../context.ts';
import { usage } from '../errors.ts';
import { examples, type Json, jsonFlag, switchFlag, textFlag } from '../flags.ts';
import { type KeyBrokerFlags, keyBrokerFlags, keyBrokerOf } from '../machine-flags.ts';
import { configurationOf, type MeasuredFlags, measuredFlags } from '../measured-flags.ts';
import { type PeerFlags, peerFlags, peersOf } from '../peer-flags.ts';
import { PROGRAM } from '../program.ts';
import { policyAt } from '../trust.ts';

const services = ['platform', 'authentication', 'storage', 'attestation'] as const;

interface MeasureFlags extends Json, KeyBrokerFlags, MeasuredFlags, PeerFlags {
  readonly service?: (typeof services)[number] | undefined;
  readonly attestationPolicy?: string | undefined;
  readonly list?: boolean | undefined;
  readonly policy?: boolean | undefined;
}

export const measure = buildCommand<MeasureFlags, [], Context>({
  docs: {
    brief: 'Print the measurement of this installation',
    fullDescription: `The digest of the program (every file that can run, with all libraries) and of the configuration (what the operator decides
about data and keys, and the version of Node: give the same options as to serve), and what they make of a
simulated machine's registers. Two clean builds of the same sources have the same digest. --list prints the files with their
SHA-256, in the form of sha256sum. --policy prints a policy that accepts this installation on a simulated machine and nothing else,
for whoever has built it on a machine of their own. --json has the measured options in words, too.
--service: of another service than the platform of serve: of gaiwan service authentication, of gaiwan service storage (with the same options that say who may
connect), of gaiwan attestation-service (with its --policy as --attestation-policy).

${examples('gaiwan measure', 'gaiwan measure --list | sha256sum', 'gaiwan measure --policy > policy.json', 'gaiwan measure --allow-url https://files.bank.example --json', 'gaiwan measure --service attestation --policy')}`,
  },
  parameters: {
    flags: {
      ...measuredFlags,
      ...keyBrokerFlags,
      service: {
        kind: 'enum',
        values: services,
        brief: 'Of which service (default: platform, as serve runs it)',
        optional: true,
      },
      ...peerFlags,
      attestationPolicy: textFlag('The policy (JSON) that the attestation service has', 'FILE'),
      list: switchFlag('Print the files'),
      policy: switchFlag('Print a policy (JSON)'),
      json: jsonFlag,
    },
  },
  async func({ list, policy, json, ...flags }) {
    const { simulatedRegisters } = await import('@gaiwan/trust');
    const { bundle, configuration, decisions } = await measured(flags);
    const simulated = simulatedRegisters({ bundle: bundle.digest, configuration });
    if (list) {
      this.process.stdout.write(bundle.list);
      return;
    }
    if (policy) {
      print(this, true, { measurements: [simulated], configurations: [configuration] }, () => '');
      return;
    }
    print(
      this,
      json === true,
      { bundle: bundle.digest, configuration, simulation: simulated, decisions },
      () =>
        [
          `bundle         ${bundle.digest}`,
          `configuration  ${configuration}`,
          'on a simulated machine:',
          `  mr_td        ${simulated.mrTd}`,
          `  rtmr3        ${simulated.rtmr3}`,
        ].join('\n'),
    );
  },
});

/** Rejects with `CliError` (usage) for options that the service has not. */
async function measured({
  service = 'platform',
  attestationPolicy,
  ...flags
}: MeasureFlags): Promise<MeasuredProgram> {
  const { measurePlatform, measureStandalone } = await import('@gaiwan/platform');
  const { peerPolicy, enclaveInfo, auditor, signature, needed } = flags;
  const peers = { peerPolicy, enclaveInfo, auditor, signature, needed };
  const given = namesGiven({ ...flags, attestationPolicy });
  requireOwn(service, 'storage', given, Object.keys(peerFlags));
  requireOwn(service, 'attestation', given, ['attestationPolicy']);
  requireOwn(service, 'platform', given, Object.keys(measuredFlags));
  const place = { program: PROGRAM, machine: { tee: 'auto', ...keyBrokerOf(flags) } } as const;
  if (service === 'platform') return measurePlatform({ ...place, ...configurationOf(flags) });
  if (service === 'authentication') return measureStandalone(place, { service });
  if (service === 'storage') return measureStandalone(place, { service, peers: await peersOf(peers) });
  const policy = attestationPolicy === undefined ? undefined : policyAt(attestationPolicy);
  return measureStandalone(place, { service, policy });
}

const namesGiven = (flags: object): string[] =>
  Object.entries(flags).flatMap(([name, value]) => (value === undefined ? [] : [name]));

/** What is left without effect would make somebody believe in another measurement. */
function requireOwn(
  service: string,
  owner: string,
  given: readonly string[],
  options: readonly string[],
): void {
  const other = service === owner ? undefined : given.find((name) => options.includes(name));
  if (other === undefined) return;
  const option = other.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw usage(`--${option} is an option of the ${owner} service, and --service is ${service}.`);
}
