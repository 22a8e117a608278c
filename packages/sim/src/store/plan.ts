/** What a seed's history is like: which faults may come, how long it is, and on what kind of disk it happens. */
import { type FaultKind, faultKinds, mediumFaults } from '../physics/faults.ts';
import type { Random } from '../physics/random.ts';

export interface Plan {
  readonly rates: ReadonlyMap<FaultKind, number>;
  readonly sector: 512 | 4096;
  readonly checkpointPages: number;
  /** Whether something outside of the disk remembers the newest state. */
  readonly isAnchored: boolean;
  /** How often the machine starts with faults; at last it starts once more without. */
  readonly starts: number;
}

/** How often a kind comes where it could: of calls, sectors, files or starts. */
const usual: Readonly<Partial<Record<FaultKind, readonly number[]>>> = {
  'read error': [0.002, 0.02],
  'write error': [0.002, 0.02],
  'sync error': [0.005, 0.05],
  'dropped page': [0.3],
  'disk full': [0.01, 0.05],
  'slow disk': [0.005],
  'clock step': [0.2],
  'bit flip': [0.3, 1],
  'lost write': [0.001, 0.01],
  'misdirected write': [0.001, 0.01],
  'old disk': [0.5],
  'slow anchor': [0.05],
  'unanswered anchor': [0.05],
};

export function planOf(random: Random): Plan {
  const hasBadMedium = random.chance(0.3);
  const rates = new Map<FaultKind, number>();
  // Any: the keys of a constant table.
  for (const kind of Object.keys(faultKinds) as FaultKind[]) {
    const often = usual[kind];
    const isPossible = often && (hasBadMedium || !mediumFaults.includes(kind));
    if (isPossible && random.chance(0.4)) rates.set(kind, random.pick(often));
  }
  return {
    rates,
    sector: random.pick([512, 4096]),
    checkpointPages: random.pick([4, 16, 64, 1000]),
    isAnchored: random.chance(0.4),
    starts: random.between(2, 3),
  };
}
