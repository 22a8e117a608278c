/** Measuring several candidates turn by turn in one run. */
import { quantile } from './stats.ts';

export interface Candidate {
  readonly name: string;
  /** One run; returns its time in ms where it measures that itself. */
  run(): Promise<number | undefined> | number | undefined;
}

export interface Measured {
  readonly name: string;
  readonly median: number;
}

/** Medians of `rounds` turns, after one that warms up; prints a line each, with the ratio to the first candidate. */
export async function compare(candidates: readonly Candidate[], rounds = 5): Promise<Measured[]> {
  const times = candidates.map((): number[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [i, candidate] of candidates.entries()) {
      const begin = performance.now();
      const own = await candidate.run();
      if (round > 0) times[i]?.push(own ?? performance.now() - begin);
    }
  }
  const measured = candidates.map(({ name }, i) => {
    const sorted = (times[i] as number[]).toSorted((a, b) => a - b);
    return { name, median: quantile(sorted, 0.5) };
  });
  const ours = (measured[0] as Measured).median;
  for (const [i, { name, median }] of measured.entries()) {
    const all = (times[i] as number[]).map((time) => time.toFixed(0)).join(', ');
    const ratio = i === 0 ? '' : `  ours / this: ${(ours / median).toFixed(2)}`;
    console.log(`${name.padEnd(58)} ${median.toFixed(0).padStart(6)} ms   (${all})${ratio}`);
  }
  return measured;
}
