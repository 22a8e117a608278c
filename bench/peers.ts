/** Measuring several candidates turn by turn in one run. */
import { quantile } from './stats.ts';

export interface Candidate {
  readonly name: string;
  /** One run; returns its time in ms where it measures that itself. */
  run(): Promise<number | undefined> | number | undefined;
}

export interface Measured {
  readonly name: string;
  /** Median times in ms: of the clock; of the processor, where the candidate runs in this process. */
  readonly median: number;
  readonly cpu: number;
}

const medianOf = (values: readonly number[]) =>
  quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  );

/**
 * Medians of `rounds` turns, after one that warms up; prints a line each, with the ratio to the first candidate. The time of the
 * processor is shown since others may use the machine, too.
 */
export async function compare(candidates: readonly Candidate[], rounds = 5): Promise<Measured[]> {
  const times = candidates.map((): { wall: number[]; cpu: number[] } => ({ wall: [], cpu: [] }));
  for (let round = 0; round <= rounds; round++) {
    for (const [i, candidate] of candidates.entries()) {
      const used = process.cpuUsage();
      const begin = performance.now();
      const own = await candidate.run();
      const wall = own ?? performance.now() - begin;
      const { user, system } = process.cpuUsage(used);
      if (round === 0) continue;
      times[i]?.wall.push(wall);
      times[i]?.cpu.push(own === undefined ? (user + system) / 1000 : Number.NaN);
    }
  }
  const measured = candidates.map(({ name }, i) => ({
    name,
    median: medianOf(times[i]?.wall ?? []),
    cpu: medianOf(times[i]?.cpu ?? []),
  }));
  const ours = measured[0]?.median ?? Number.NaN;
  for (const [i, { name, median, cpu }] of measured.entries()) {
    const all = times[i]?.wall.map((time) => time.toFixed(0)).join(', ');
    const ratio = i === 0 ? '' : `  ours / this: ${(ours / median).toFixed(2)}`;
    const processor = Number.isNaN(cpu) ? '' : `, processor ${cpu.toFixed(0)} ms`;
    console.log(`${name.padEnd(45)} ${median.toFixed(0).padStart(6)} ms  (${all}${processor})${ratio}`);
  }
  return measured;
}
