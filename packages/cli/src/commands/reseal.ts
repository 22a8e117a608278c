/** reseal: the handover of a data folder's root key to the next release. */
import { resolve } from 'node:path';
import { buildCommand } from '@stricli/core';
import { type Context, print } from '../context.ts';
import { usage } from '../errors.ts';
import { examples, type Json, jsonFlag, listFlag, numberFlag, requiredText, textFlag } from '../flags.ts';
import { type MachineFlags, machineFlags, machineOf } from '../machine-flags.ts';
import { configurationOf, type MeasuredFlags, measuredFlags } from '../measured-flags.ts';
import { PROGRAM } from '../program.ts';
import { readTrust, referenceOf } from '../trust.ts';

interface ResealFlags extends Json, MachineFlags, MeasuredFlags {
  readonly data: string;
  readonly nextPolicy?: string | undefined;
  readonly enclaveInfo?: string | undefined;
  readonly auditor?: readonly string[] | undefined;
  readonly signature?: readonly string[] | undefined;
  readonly needed?: number | undefined;
}

export const reseal = buildCommand<ResealFlags, [], Context>({
  docs: {
    brief: 'Let the next release, or another configuration, open a data folder',
    fullDescription: `A data folder opens for the program and the configuration that it was made with. Run this with that release and that
configuration (--allow-url, --executors and so on as for serve), while the platform runs or not, and name what comes next: an enclave info that
auditors have signed, or a policy of your own (gaiwan measure --policy of the next release). The first start of the next
release closes the folder to this one; until then both can be started.

${examples(
  'gaiwan reseal --data ./gaiwan-data --enclave-info next.toml --auditor anna.pub --signature anna.sign',
  'gaiwan reseal --data ./gaiwan-data --tee simulation --simulation ./machine --next-policy next.json',
)}`,
  },
  parameters: {
    flags: {
      data: requiredText('Data folder', 'DIR'),
      ...machineFlags,
      ...measuredFlags,
      nextPolicy: textFlag('Policy (JSON) with the registers of what comes next', 'FILE'),
      enclaveInfo: textFlag('Or its enclave_info.toml, signed by auditors', 'FILE'),
      auditor: listFlag('Public key of an auditor (PEM; repeatable)', 'FILE'),
      signature: listFlag("An auditor's signature (repeatable)", 'FILE'),
      needed: numberFlag('How many of these auditors must have signed (default: all)', 1, 100),
      json: jsonFlag,
    },
  },
  async func(flags) {
    const { data, nextPolicy, enclaveInfo, auditor, signature, needed, json } = flags;
    if ((nextPolicy === undefined) === (enclaveInfo === undefined))
      throw usage(
        'Say what comes next: --enclave-info FILE with --auditor and --signature, or --next-policy FILE.',
      );
    const next = referenceOf(
      await readTrust({ policy: nextPolicy, enclaveInfo, auditor, signature, needed }),
    );
    const { resealPlatform } = await import('@gaiwan/platform');
    const registers = await resealPlatform({
      program: PROGRAM,
      data: resolve(data),
      machine: machineOf(flags),
      ...configurationOf(flags),
      next,
    });
    print(this, json === true, { data, registers }, () =>
      [
        `${data} opens for this as well:`,
        ...Object.entries(registers).map(([name, value]) => `  ${name.padEnd(10)} ${value}`),
      ].join('\n'),
    );
  },
});
