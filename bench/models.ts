/** Data and measuring for the benchmarks of models. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { builtins, parseArguments } from '@gaiwan/functions';
import { quantile } from './stats.ts';

export const median = (values: readonly number[]): number =>
  quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  );

/** Pseudo-random numbers that are the same in every run. */
export function makeRandom(seed: number): Readonly<Record<'uniform' | 'normal' | 'logistic', () => number>> {
  let state = seed;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const logistic = () => {
    const u = uniform();
    return Math.log((u + 1e-12) / (1 - u));
  };
  return { uniform, normal, logistic };
}

/** Runs a built-in function on an input that comes as chunks; returns the outputs' bytes and the time. */
export async function runOnChunks(
  name: string,
  args: Record<string, unknown>,
  inputs: Record<string, () => Iterable<Uint8Array>>,
  size?: number,
): Promise<{ readonly ms: number; readonly outputs: Record<string, Buffer>; readonly text: string }> {
  const found = builtins.get(name);
  if (!found) throw new Error(`no function ${name}`);
  const outputs: Record<string, Buffer> = {};
  const begin = performance.now();
  const text = await found.run({
    args: parseArguments(JSON.stringify(args)),
    input: (slot) => ({
      ...(size === undefined ? {} : { size }),
      chunks: () => inputs[slot]?.() ?? [],
    }),
    output: (slot) => {
      const parts: Uint8Array[] = [];
      return {
        write: (chunk) => void parts.push(chunk),
        close: () => {
          outputs[slot] = Buffer.concat(parts);
        },
      };
    },
    log: () => undefined,
  });
  return { ms: performance.now() - begin, outputs, text };
}

/** Rows of a growth table, up to 10^6, or 10^7 with `GAIWAN_BENCH_LARGE`. */
const SIZES = [10_000, 100_000, 1_000_000, ...(process.env['GAIWAN_BENCH_LARGE'] ? [10_000_000] : [])];

/** Runs `script grow ROWS` in a process of its own for each size, so that peak memory is its own, too. */
export function growthTable(script: string): void {
  console.log('      rows    seconds   rows/s   peak memory');
  for (const rows of SIZES) {
    const told = execFileSync(process.execPath, [script, 'grow', String(rows)], { encoding: 'utf8' });
    const { ms, peak } = JSON.parse(told) as { ms: number; peak: number };
    const cells = [
      String(rows).padStart(10),
      (ms / 1000).toFixed(2).padStart(10),
      `${Math.round(rows / ms)}k`.padStart(8),
      `${Math.round(peak / 1024)} MiB`.padStart(13),
    ];
    console.log(cells.join(' '));
  }
}

/** `block` over and over, `times` times, as an input's chunks. */
export function* repeat(block: Uint8Array, times: number): Generator<Uint8Array, void, void> {
  for (let i = 0; i < times; i++) yield block;
}

/** Peak memory of this process in KiB. Linux's `maxrss` begins at that of the process that started this one. */
function peakMemory(): number {
  const own =
    existsSync('/proc/self/status') && /VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'));
  return own ? Number(own[1]) : process.resourceUsage().maxRSS;
}

/** What a growth table's process prints. */
export const report = (ms: number): void => console.log(JSON.stringify({ ms, peak: peakMemory() }));
