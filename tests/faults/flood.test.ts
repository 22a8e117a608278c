/** Strangers do their worst at the ports while somebody works: nothing grows, nobody who may is refused, and all of it is gone afterwards. */
import { readdirSync } from 'node:fs';
import type { Gaiwan } from '@gaiwan/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addressesOf, kinds, startFlood } from '../support/flood.ts';
import { NO_WORKER, TestPlatform } from '../support/platform.ts';
import { residentBytes } from '../support/processes.ts';
import { answerTo, beginCall, GET_STATE, halfMessage, sessionFrom } from '../support/raw-calls.ts';

const SECONDS = Number(process.env['GAIWAN_FLOOD_SECONDS']);
const MIB = 1 << 20;
const MOST = 200 * MIB;

let platform: TestPlatform;
let bank: Gaiwan;
beforeAll(async () => {
  platform = await TestPlatform.start(NO_WORKER);
  bank = await platform.user('bank');
});
afterAll(() => platform.stop());

const memory = () => residentBytes(platform.pid);
const descriptors = () => readdirSync(`/proc/${platform.pid}/fd`).length;

/** What a call from there is answered that is wrong; undefined where its connection is closed instead. */
async function answerAt(address: string): Promise<string | undefined> {
  const session = sessionFrom(platform.authentication, platform.certificate, address);
  try {
    const call = beginCall(session, GET_STATE);
    call.end(halfMessage(0));
    return (await answerTo(call)).code;
  } finally {
    session.destroy();
  }
}

it(`for ${SECONDS} s: memory grows by less than 200 MB, every call of a user is answered, and nothing is left`, async () => {
  // So that what the first calls cost once is no growth.
  for (let call = 0; call < 300; call++) await bank.tasks.list();
  const before = { bytes: memory(), descriptors: descriptors() };
  const flood = await startFlood(platform, SECONDS);
  let over = false;
  const ended = flood.ended.finally(() => {
    over = true;
  });
  let most = before.bytes;
  let calls = 0;
  for (; !over; calls++) {
    await bank.tasks.list();
    most = Math.max(most, memory());
  }
  const { done, share } = await ended;
  await expect.poll(descriptors).toBeLessThanOrEqual(before.descriptors + 8);
  // Each address that it came from is served again.
  for (const address of kinds.flatMap(addressesOf))
    await expect.poll(() => answerAt(address), { message: address }).toBe('bad-nonce');
  for (let call = 0; call < 20; call++) await bank.tasks.list();
  const grown = (bytes: number) => `${Math.round((bytes - before.bytes) / MIB)} MiB`;
  console.log(
    `flood of ${SECONDS} s: ${JSON.stringify(done)}, ${share.toFixed(2)} of a processor; ${calls} calls of a user; memory +${grown(most)}, afterwards +${grown(memory())}`,
  );
  for (const [what, times] of Object.entries(done)) expect(times, what).toBeGreaterThan(0);
  expect(most - before.bytes).toBeLessThan(MOST);
  expect(memory() - before.bytes).toBeLessThan(MOST);
});
