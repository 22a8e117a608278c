/** measure: what a platform of this installation is. */
import { buildCommand } from '@stricli/core';
import { type Context, print } from '../context.ts';
import { examples, type Json, jsonFlag, switchFlag } from '../flags.ts';
import { type KeyBrokerFlags, keyBrokerFlags, keyBrokerOf } from '../machine-flags.ts';
import { configurationOf, type MeasuredFlags, measuredFlags } from '../measured-flags.ts';
import { PROGRAM } from '../program.ts';

interface MeasureFlags extends Json, KeyBrokerFlags, MeasuredFlags {
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
for whoever has built it on a machine of their own.

${examples('gaiwan measure', 'gaiwan measure --list | sha256sum', 'gaiwan measure --policy > policy.json', 'gaiwan measure --allow-url https://files.bank.example --json')}`,
  },
  parameters: {
    flags: {
      ...measuredFlags,
      ...keyBrokerFlags,
      list: switchFlag('Print the files'),
      policy: switchFlag('Print a policy (JSON)'),
      json: jsonFlag,
    },
  },
  async func({ list, policy, json, ...flags }) {
    const { measurePlatform } = await import('@gaiwan/platform');
    const { simulatedRegisters } = await import('@gaiwan/trust');
    const { bundle, configuration } = await measurePlatform({
      program: PROGRAM,
      machine: { tee: 'auto', ...keyBrokerOf(flags) },
      ...configurationOf(flags),
    });
    const simulated = simulatedRegisters({ bundle: bundle.digest, configuration });
    if (list) {
      this.process.stdout.write(bundle.list);
      return;
    }
    if (policy) {
      print(this, true, { measurements: [simulated], configurations: [configuration] }, () => '');
      return;
    }
    print(this, json === true, { bundle: bundle.digest, configuration, simulation: simulated }, () =>
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
