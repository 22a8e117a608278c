import { CodedError, type RefusalTable } from '@gaiwan/errors';

export const simulationRefusals = {
  'simulation-exists': {
    meaning: 'The folder for a new simulated machine is not empty, and a machine is never replaced.',
    remedy: 'Choose another folder, or remove this one.',
  },
  'no-simulation': {
    meaning: 'The folder has no simulated machine, or not all of its public part.',
    remedy: 'Name the folder that `gaiwan simulation init` made.',
  },
  'simulation-outdated': {
    meaning: "An older version made the machine: its root does not say that it is a simulated machine's.",
    remedy: 'Make a new machine with `gaiwan simulation init`.',
  },
  'simulation-damaged': {
    meaning: "The machine's keys or its root cannot be read, or others may read the keys, too.",
    remedy: 'Make a new machine with `gaiwan simulation init`.',
  },
} as const satisfies RefusalTable;

/** The folder of a simulated machine cannot be made or used. */
export class SimulationError extends CodedError<keyof typeof simulationRefusals> {
  override readonly name = 'SimulationError';
}
