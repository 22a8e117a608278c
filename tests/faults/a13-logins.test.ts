/** Guesses at passwords: what they cost the platform, and what they cost others. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PlatformError } from '../../packages/platform/src/errors.ts';
import { limits } from '../../packages/platform/src/limits.ts';
import { AuthenticationService } from '../../packages/platform/src/services/authentication/authentication.ts';
import { TestStore } from '../../packages/platform/src/testing/store.ts';

const PASSWORD = 'a test password';
const BURST = limits.failedLoginsOfAddress.value;

let test: TestStore;
let service: AuthenticationService;
beforeAll(async () => {
  test = await TestStore.open();
  service = await AuthenticationService.open(test);
  await service.bootstrapAdmin(PASSWORD);
});
afterAll(() => test.close());

const outcome = (id: string, password: string, address: string): Promise<string> =>
  service.login(id, password, address).then(
    () => 'logged in',
    (error: unknown) => (error as PlatformError).code,
  );
const count = (outcomes: readonly string[], which: string) => outcomes.filter((it) => it === which).length;
/** Guesses that need no hash, which is slow, and count as any other. */
const emptyGuesses = async (times: number, idOf: (n: number) => string, addressOf: (n: number) => string) => {
  const outcomes: string[] = [];
  for (let n = 0; n < times; n++) outcomes.push(await outcome(idOf(n), '', addressOf(n)));
  return outcomes;
};

it('A13: of 400 guesses at once from one address, no more are hashed than its bucket has', async () => {
  const left = 12;
  await emptyGuesses(
    BURST - left,
    (n) => `earlier-${n}`,
    () => '192.0.2.1',
  );
  const guesses = Array.from({ length: 400 }, (_, n) => outcome(`user-${n}`, 'guess', '192.0.2.1'));
  const outcomes = await Promise.all(guesses);
  expect(count(outcomes, 'authentication-failed')).toBe(left);
  expect(count(outcomes, 'throttled') + count(outcomes, 'busy')).toBe(400 - left);
  // All of that took none of a second, on this clock.
  expect(await outcome('another', 'guess', '192.0.2.1')).toBe('throttled');
  test.clock.time += BURST * limits.failedLoginOfAddressRefill.value;
});

it('A13: more right passwords at once than may be wrong are all let in', async () => {
  const logins = Array.from({ length: limits.failedLoginsOfUser.value + 4 }, () =>
    outcome('admin', PASSWORD, '192.0.2.2'),
  );
  expect(new Set(await Promise.all(logins))).toEqual(new Set(['logged in']));
});

it('A13: who has logged in from an address is not in the way of its neighbours’ failures; others are told how long to wait', async () => {
  expect(await outcome('admin', PASSWORD, '192.0.2.3')).toBe('logged in');
  const failures = await emptyGuesses(
    BURST + 1,
    (n) => `user-${n}`,
    () => '192.0.2.3',
  );
  expect(failures.at(-1)).toBe('throttled');
  expect(await outcome('admin', PASSWORD, '192.0.2.3')).toBe('logged in');
  const told = { code: 'throttled', retryAfterMs: limits.failedLoginOfAddressRefill.value };
  await expect(service.login('newcomer', PASSWORD, '192.0.2.3')).rejects.toMatchObject(told);
});

it('A13: guesses at a user elsewhere do not lock it out where it logs in, nor do guesses there go on for ever', async () => {
  expect(await outcome('admin', PASSWORD, '192.0.2.4')).toBe('logged in');
  const elsewhere = await emptyGuesses(
    limits.failedLoginsOfUser.value + 1,
    () => 'admin',
    (n) => `198.51.100.${n}`,
  );
  expect(elsewhere.at(-1)).toBe('throttled');
  expect(await outcome('admin', PASSWORD, '192.0.2.4')).toBe('logged in');
  const there = await emptyGuesses(
    limits.failedLoginsOfUser.value + 1,
    () => 'admin',
    () => '192.0.2.4',
  );
  expect(there.at(-1)).toBe('throttled');
  expect(await outcome('admin', PASSWORD, '192.0.2.4')).toBe('throttled');
  test.clock.time += limits.failedLoginOfUserRefill.value;
  expect(await outcome('admin', PASSWORD, '192.0.2.4')).toBe('logged in');
});

it('A13: a network of IPv6 is one address, however many it has', async () => {
  const failures = await emptyGuesses(
    BURST + 1,
    (n) => `user-${n}`,
    (n) => `2001:db8::${(n + 1).toString(16)}`,
  );
  expect(failures.at(-1)).toBe('throttled');
  expect(await outcome('someone', 'guess', '2001:db8:0:1::1')).toBe('authentication-failed');
});

it('A13: many guesses from one address are hashed in turn with the logins of others', async () => {
  let hashed = 0;
  const guesses = Array.from({ length: 24 }, (_, n) =>
    outcome(`user-${n}`, 'guess', '192.0.2.7').then(() => hashed++),
  );
  expect(await outcome('admin', PASSWORD, '192.0.2.8')).toBe('logged in');
  // Those under way, and one for each turn.
  expect(hashed).toBeLessThan(8);
  await Promise.all(guesses);
  expect(hashed).toBe(24);
});
