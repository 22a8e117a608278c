/** What a flood of strangers' calls and connections costs somebody who works: its calls in peace, under it, and afterwards. */
import { fileURLToPath } from 'node:url';
import { startFlood } from '../tests/support/flood.ts';
import { NO_WORKER, TestPlatform } from '../tests/support/platform.ts';

const SECONDS = 20;

export async function run(): Promise<void> {
  console.log(`flood: half-sent messages, idle connections, handshakes, resets, logins, for ${SECONDS} s`);
  const platform = await TestPlatform.start(NO_WORKER);
  try {
    const user = await platform.user('bank');
    const measure = async (until: () => boolean) => {
      const took: number[] = [];
      while (!until() || took.length < 200) {
        const before = performance.now();
        await user.tasks.list();
        took.push(performance.now() - before);
      }
      took.sort((a, b) => a - b);
      const at = (part: number) => took[Math.floor(part * (took.length - 1))] ?? Number.NaN;
      return { calls: took.length, p50: at(0.5), p99: at(0.99) };
    };
    type Figures = Awaited<ReturnType<typeof measure>>;
    const print = (what: string, { calls, p50, p99 }: Figures) =>
      console.log(
        `${what.padEnd(12)} p50 ${p50.toFixed(2).padStart(8)} ms   p99 ${p99.toFixed(2).padStart(8)} ms   ${calls} calls`,
      );
    await measure(() => true);
    const quiet = await measure(() => true);
    print('quiet', quiet);
    const flood = await startFlood(platform, SECONDS);
    let ended = false;
    const done = flood.done.finally(() => {
      ended = true;
    });
    const flooded = await measure(() => ended);
    print('flood', flooded);
    print('afterwards', await measure(() => true));
    console.log(`p99: ${(flooded.p99 / quiet.p99).toFixed(1)}x   ${JSON.stringify(await done)}`);
  } finally {
    await platform.stop();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run();
