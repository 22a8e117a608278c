/** Strangers do their worst at the ports while somebody works: nothing grows, nobody who may is refused, and all of it is gone afterwards. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Gaiwan } from '@gaiwan/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Done, startFlood } from '../support/flood.ts';
import { NO_WORKER, TestPlatform } from '../support/platform.ts';

const SECONDS = Number(process.env['GAIWAN_FLOOD_SECONDS']);
const MIB = 1 << 20;

let platform: TestPlatform;
let bank: Gaiwan;
beforeAll(async () => {
  platform = await TestPlatform.start(NO_WORKER);
  bank = await platform.user('bank');
});
afterAll(() => platform.stop());

const residentBytes = () =>
  1024 * Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${platform.pid}/status`, 'utf8'))?.[1]);
const descriptors = () => readdirSync(`/proc/${platform.pid}/fd`).length;

/** Calls one after the other until it is told to stop; ms of each, in order of size. */
async function work(until: AbortSignal, least: number): Promise<number[]> {
  const took: number[] = [];
  while (!until.aborted || took.length < least) {
    const before = performance.now();
    await bank.tasks.list();
    took.push(performance.now() - before);
  }
  return took.sort((a, b) => a - b);
}
const percentile = (sorted: readonly number[], part: number) => sorted[Math.floor(part * (sorted.length - 1))] ?? 0;

it(`for ${SECONDS} s: memory grows by less than 200 MB, every call of a user is answered, and nothing is left`, async () => {
  const quiet = await work(AbortSignal.abort(), 100);
  const before = { bytes: residentBytes(), descriptors: descriptors() };
  let most = before.bytes;
  const sampling = setInterval(() => {
    most = Math.max(most, residentBytes());
  }, 50);
  let done: Done;
  let took: readonly number[];
  try {
    const flood = await startFlood(platform);
    // How long it goes on is what is asked for; nothing is decided by it.
    took = await work(AbortSignal.timeout(1000 * SECONDS), 1);
    done = await flood.stop();
  } finally {
    clearInterval(sampling);
  }
  await expect.poll(descriptors).toBeLessThanOrEqual(before.descriptors + 8);
  const after = await work(AbortSignal.abort(), 50);
  const figures = [quiet, took, after].map((all) => `${percentile(all, 0.5).toFixed(1)}/${percentile(all, 0.99).toFixed(1)}`);
  console.log(
    `flood of ${SECONDS} s: ${JSON.stringify(done)}; memory +${Math.round((most - before.bytes) / MIB)} MiB; p50/p99 of ${took.length} calls in ms: quiet ${figures[0]}, flood ${figures[1]}, afterwards ${figures[2]}`,
  );
  for (const [what, times] of Object.entries(done)) expect(times, what).toBeGreaterThan(0);
  expect(most - before.bytes).toBeLessThan(200 * MIB);
});
