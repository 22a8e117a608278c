/** Strangers do their worst at the ports while somebody works: nothing grows, nobody who may is refused, and all of it is gone afterwards. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Gaiwan } from '@gaiwan/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startFlood } from '../support/flood.ts';
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

it(`for ${SECONDS} s: memory grows by less than 200 MB, every call of a user is answered, and nothing is left`, async () => {
  // So that what the first calls cost once is no growth.
  for (let call = 0; call < 100; call++) await bank.tasks.list();
  const before = { bytes: residentBytes(), descriptors: descriptors() };
  const flood = await startFlood(platform, SECONDS);
  let ended = false;
  const done = flood.done.finally(() => {
    ended = true;
  });
  let most = before.bytes;
  let calls = 0;
  for (; !ended; calls++) {
    await bank.tasks.list();
    most = Math.max(most, residentBytes());
  }
  const counts = await done;
  await expect.poll(descriptors).toBeLessThanOrEqual(before.descriptors + 8);
  for (let call = 0; call < 20; call++) await bank.tasks.list();
  const grown = Math.round((most - before.bytes) / MIB);
  console.log(
    `flood of ${SECONDS} s: ${JSON.stringify(counts)}; ${calls} calls of a user; memory +${grown} MiB`,
  );
  for (const [what, times] of Object.entries(counts)) expect(times, what).toBeGreaterThan(0);
  expect(most - before.bytes).toBeLessThan(200 * MIB);
});
