import type { PlatformState } from '@gaiwan/trust';
import { beforeEach, expect, it } from 'vitest';
import { FIRST_STATE, statedBy, testInstance } from '../testing/attestation.ts';
import { type AskState, StateGuard } from './guard.ts';
import { StatesInMemory } from './memory.ts';

const instance = testInstance();
const at = (epoch: number, commits: number, fill = 0, run = 0): PlatformState => ({
  epoch,
  commits,
  digest: new Uint8Array(32).fill(fill),
  run: new Uint8Array(16).fill(run),
});
const says =
  (state: PlatformState): AskState =>
  async (nonce, seen) =>
    statedBy(instance, state, { nonce, seen });

let memory: StatesInMemory;
beforeEach(() => {
  memory = new StatesInMemory();
});
const check = (state: PlatformState, acceptEpoch?: number) =>
  new StateGuard({ memory, acceptEpoch }).check(instance.id, says(state));

it('takes the first state, the same again, and newer ones', async () => {
  for (const state of [at(3, 7), at(3, 7), at(3, 8), at(3, 100)]) expect(await check(state)).toEqual(state);
  expect(await memory.read(instance.id)).toEqual(at(3, 100));
});

it.each([
  ['fewer commits', at(3, 6), 'state-older'],
  ['an older epoch, with whatever commits', at(2, 1000), 'state-older'],
  ['as many commits with other data', at(3, 7, 1), 'state-forked'],
  ['as many commits of another run', at(3, 7, 0, 1), 'state-forked'],
  ['more commits of a run that what was seen is not in the past of', at(3, 8, 0, 1), 'state-forked'],
  ['a newer epoch', at(4, 1000), 'state-new-epoch'],
])('refuses %s, each time, and keeps what it knew', async (_what, state, code) => {
  await check(at(3, 7));
  for (let attempt = 0; attempt < 2; attempt++) await expect(check(state)).rejects.toMatchObject({ code });
  expect(await memory.read(instance.id)).toEqual(at(3, 7));
});

it('takes a newer epoch that is named, from then on, and no other', async () => {
  await check(at(1, 7));
  await expect(check(at(3, 2), 2)).rejects.toMatchObject({ code: 'state-new-epoch' });
  await expect(check(at(1, 6), 2)).rejects.toMatchObject({ code: 'state-older' });
  expect(await check(at(2, 2), 2)).toEqual(at(2, 2));
  expect(await check(at(2, 3))).toEqual(at(2, 3));
  await expect(check(at(1, 7), 1)).rejects.toMatchObject({ code: 'state-older' });
});

it('takes answers that overtake each other', async () => {
  await check(at(1, 1));
  const guard = new StateGuard({ memory });
  let letGo: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const slow = guard.check(instance.id, async (nonce, seen) => {
    await held;
    return statedBy(instance, at(1, 2), { nonce, seen });
  });
  await guard.check(instance.id, says(at(1, 3)));
  letGo();
  expect(await slow).toEqual(at(1, 2));
  expect(await memory.read(instance.id)).toEqual(at(1, 3));
});

it('notices a fork that another connection saw meanwhile', async () => {
  const guard = new StateGuard({ memory });
  const ask: AskState = async (nonce, seen) => {
    await memory.write(instance.id, at(1, 2, 1));
    return statedBy(instance, at(1, 2, 2), { nonce, seen });
  };
  await expect(guard.check(instance.id, ask)).rejects.toMatchObject({ code: 'state-forked' });
});

it.each([
  ['another instance', async (nonce: Uint8Array) => statedBy(testInstance(), FIRST_STATE, { nonce })],
  ['an older question', async () => statedBy(instance, FIRST_STATE, { nonce: new Uint8Array(32) })],
  [
    'another state',
    async (nonce: Uint8Array) => ({ ...statedBy(instance, FIRST_STATE, { nonce }), commits: 2 }),
  ],
  [
    'another word about what follows',
    async (nonce: Uint8Array) => ({ ...statedBy(instance, FIRST_STATE, { nonce }), follows: true }),
  ],
  [
    'what somebody else saw',
    async (nonce: Uint8Array) => statedBy(instance, FIRST_STATE, { nonce, seen: FIRST_STATE }),
  ],
  [
    'a number that is not exact',
    async (nonce: Uint8Array) => ({ ...statedBy(instance, FIRST_STATE, { nonce }), commits: 2 ** 60 }),
  ],
  ['no epoch', async (nonce: Uint8Array) => statedBy(instance, { ...FIRST_STATE, epoch: 0 }, { nonce })],
] as const)('refuses what is signed for %s', async (_what, ask) => {
  const guard = new StateGuard({ memory });
  await expect(guard.check(instance.id, ask)).rejects.toMatchObject({ code: 'bad-answer' });
  expect(await memory.read(instance.id)).toBeUndefined();
});
