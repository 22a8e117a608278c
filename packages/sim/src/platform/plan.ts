/** What a seed's history of a platform is like: where it keeps its records, how many workers it has, and which faults may come. */
import type { FaultKind } from '../physics/faults.ts';
import type { Random } from '../physics/random.ts';

export interface PlatformPlan {
  readonly rates: ReadonlyMap<FaultKind, number>;
  readonly sector: 512 | 4096;
  readonly checkpointPages: number;
  /** The real store over the simulated disk, or a store without a disk. */
  readonly isOnDisk: boolean;
  readonly workers: number;
  /** How many users there are, and how many tasks each of them makes. */
  readonly users: number;
  readonly tasks: number;
  /** Milliseconds between two blows against processes, on average; none: there are no such blows. */
  readonly blowsEvery: number | undefined;
}

/** How often a kind comes where it could: of commits, messages, starts, runs or blows. */
const usual: Readonly<Partial<Record<FaultKind, readonly number[]>>> = {
  'write error': [0.01, 0.1],
  'disk full': [0.01, 0.05],
  'sync error': [0.01, 0.05],
  'slow disk': [0.02],
  'unanswered anchor': [0.01, 0.05],
  'clock step': [1],
  'power loss': [0.5, 1],
  kill: [1],
  'worker kill': [1],
  'paused platform': [1],
  'paused worker': [1],
  'failed spawn': [0.3],
  'failed executor': [0.3],
  'killed run': [0.05, 0.3],
  'lost connection': [0.01, 0.05],
  'dropped message': [0.02, 0.1],
  'delayed message': [0.02, 0.1],
  'doubled message': [0.02, 0.1],
};

/** Of one commit there, the disk makes so many calls. */
const ofDisks: readonly FaultKind[] = [
  'write error',
  'disk full',
  'sync error',
  'slow disk',
  'unanswered anchor',
];
const CALLS = 10;

/** One in so many has the real store, which costs some times as much. */
const ON_DISK = 40;

export function platformPlanOf(random: Random): PlatformPlan {
  const rates = new Map<FaultKind, number>();
  const often = random.pick([0.1, 0.3, 0.5]);
  const isOnDisk = random.below(ON_DISK) === 0;
  // Any: the keys of a constant table.
  for (const kind of Object.keys(usual) as FaultKind[])
    if (random.chance(often)) {
      const rate = random.pick(usual[kind] ?? []);
      rates.set(kind, isOnDisk && ofDisks.includes(kind) ? rate / CALLS : rate);
    }
  return {
    rates,
    sector: random.pick([512, 4096]),
    checkpointPages: random.pick([16, 1000]),
    isOnDisk,
    workers: random.between(1, 2),
    users: random.between(1, 2),
    tasks: random.pick([1, 1, 1, 2]),
    blowsEvery: random.pick([4000, 10_000, 25_000]),
  };
}
