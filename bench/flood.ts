/**
 * What a flood of strangers' calls and connections costs somebody who works, by turns: calls in peace, calls under the flood. The flood has a
 * low priority, so that it leaves the platform's processors to the platform. `GAIWAN_BENCH_FLOOD_SECONDS`: of flood, in all (60).
 */
import { fileURLToPath } from 'node:url';
import { type Done, type Flooded, kinds, startFlood } from '../tests/support/flood.ts';
import { NO_WORKER, TestPlatform } from '../tests/support/platform.ts';
import { processorMs, residentBytes } from '../tests/support/processes.ts';
import { paced, waitFor } from './paced.ts';
import { summaryOf } from './stats.ts';

const SECONDS = Number(process.env['GAIWAN_BENCH_FLOOD_SECONDS'] ?? 60);
/** ms. */
const QUIET = 5000;
/** After a flood, until all is back. */
const REST = 5000;
const FLOOD = 10_000;
/** A call each, in ms. */
const PACE = 20;
const MIB = 2 ** 20;

interface Turn extends Flooded {
  /** ms. */
  readonly quiet: readonly number[];
  readonly flooded: readonly number[];
  /** Of the platform, in parts of one processor. */
  readonly platform: number;
}

const print = (what: string, times: readonly number[]) => {
  const { p50, p95, p99 } = summaryOf(times);
  const figures = [p50, p95, p99].map((value) => value.toFixed(1).padStart(8));
  console.log(`${what.padEnd(12)} p50, p95, p99: ${figures.join(' ')} ms   ${times.length} calls`);
};

export async function run(): Promise<void> {
  const turns = Math.max(1, Math.round((SECONDS * 1000) / FLOOD));
  console.log(`flood: ${kinds.join(', ')}; ${turns} turns of ${FLOOD / 1000} s`);
  const platform = await TestPlatform.start(NO_WORKER);
  try {
    const user = await platform.user('bank');
    const call = () => user.tasks.list();
    for (let n = 0; n < 2000; n++) await call();
    const before = residentBytes(platform.pid);
    let most = before;
    const watch = setInterval(() => {
      most = Math.max(most, residentBytes(platform.pid));
    }, 100);
    const turn = async (): Promise<Turn> => {
      const quiet = await paced(PACE, waitFor(QUIET), call);
      const used = processorMs(platform.pid);
      const { ended } = await startFlood(platform, FLOOD / 1000);
      const flooded = await paced(PACE, ended, call);
      const took = processorMs(platform.pid) - used;
      await waitFor(REST);
      return { ...(await ended), quiet, flooded, platform: took / FLOOD };
    };
    const all: Turn[] = [];
    while (all.length < turns) all.push(await turn());
    clearInterval(watch);
    const left = residentBytes(platform.pid);
    const quiet = all.flatMap((one) => one.quiet);
    const flooded = all.flatMap((one) => one.flooded);
    print('quiet', quiet);
    print('flood', flooded);
    for (const which of ['p50', 'p95', 'p99'] as const) {
      const ratio = summaryOf(flooded)[which] / summaryOf(quiet)[which];
      const each = all.map((one) => (summaryOf(one.flooded)[which] / summaryOf(one.quiet)[which]).toFixed(1));
      console.log(`${which}: ${ratio.toFixed(1)}x (by turns: ${each.join(', ')})`);
    }
    const mean = (of: (one: Turn) => number) => all.reduce((sum, one) => sum + of(one), 0) / all.length;
    console.log(
      `processors: the platform ${mean((one) => one.platform).toFixed(2)}, the flood ${mean((one) => one.share).toFixed(2)}`,
    );
    console.log(
      `memory: ${(before / MIB).toFixed(0)} MiB, at most +${((most - before) / MIB).toFixed(0)}, 5 s after it +${((left - before) / MIB).toFixed(0)}`,
    );
    const done = (kind: keyof Done) => all.reduce((sum, one) => sum + one.done[kind], 0);
    console.log(kinds.map((kind) => `${kind} ${done(kind)}`).join(', '));
  } finally {
    await platform.stop();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run();
