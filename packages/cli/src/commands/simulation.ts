/** simulation init: a simulated machine, a root of trust of its own. */
import { resolve } from 'node:path';
import { type SimulationFault, simulationFaults } from '@gaiwan/enclave';
import { buildCommand, buildRouteMap } from '@stricli/core';
import { type Context, print } from '../context.ts';
import { examples, type Json, jsonFlag, positional } from '../flags.ts';

interface InitFlags extends Json {
  readonly fault?: SimulationFault | undefined;
}

const init = buildCommand<InitFlags, [string], Context>({
  docs: {
    brief: 'Make a simulated machine',
    fullDescription: `Makes a root, a certified machine and its endorsements with the shape of Intel's. The machine signs genuine TDX quotes,
which everybody refuses who does not trust this root. DIR/machine.json holds its keys: whoever has it can sign any evidence
under this root. root.pem and endorsements/ are public.

--fault: a machine that verifiers must refuse, for tests and demonstrations.

${examples('gaiwan simulation init ./simulation', 'gaiwan simulation init ./bad --fault revoked')}`,
  },
  parameters: {
    flags: {
      fault: {
        kind: 'enum',
        values: simulationFaults,
        brief: 'What is wrong with it (default: none)',
        optional: true,
      },
      json: jsonFlag,
    },
    positional: positional('DIR'),
  },
  async func({ fault = 'none', json }, dir) {
    const { createSimulation } = await import('@gaiwan/enclave');
    const folder = resolve(dir);
    await createSimulation(folder, { fault, now: Date.now() });
    print(this, json === true, { simulation: folder, fault }, () =>
      [
        `SIMULATION: a machine${fault === 'none' ? '' : ` that is ${fault}`} in ${folder}`,
        '  root.pem       whom to trust; only for tests and demonstrations',
        '  endorsements/  what vouches for the machine',
        '  machine.json   its keys: keep it to the machine',
      ].join('\n'),
    );
  },
});

export const simulation = buildRouteMap({
  routes: { init },
  docs: { brief: 'Simulated machines, for where there is no TEE' },
});
