import { join } from 'node:path';
import { createClient, createRouterTransport } from '@connectrpc/connect';
import { gaiwan } from '@gaiwan/protocol';
import { type EmbeddedStore, fileRootKey, openEmbeddedStore } from '@gaiwan/store';
import { isStatedBy, type SeenState } from '@gaiwan/trust';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openInstance } from '../state/instance.ts';
import { Runs } from '../state/runs.ts';
import { TestStore } from '../testing/store.ts';
import { errorInterceptor } from './errors.ts';
import { mount } from './mount.ts';
import { stateService } from './state.ts';

let test: TestStore;
beforeAll(async () => {
  test = await TestStore.open();
});
afterAll(() => test.close());

const nonce = new Uint8Array(32).fill(7);

/** A start over this store. */
async function start(store: EmbeddedStore = test.store) {
  const { clock } = test;
  const instance = await openInstance(store, clock);
  const runs = await Runs.begin(store);
  const transport = createRouterTransport(
    (router) => mount(router, stateService({ instance, runs, clock }), () => ({})),
    {
      router: { interceptors: [errorInterceptor(() => undefined)] },
    },
  );
  const client = createClient(gaiwan.StateService, transport);
  const state = async (seen?: SeenState) => {
    const sent = seen && { epoch: BigInt(seen.epoch), commits: BigInt(seen.commits), run: seen.run };
    const answer = await client.getState(sent ? { nonce, seen: sent } : { nonce });
    const { publicKey, epoch, commits, digest, run, follows, time, signature } = answer;
    const id = new Uint8Array(Buffer.from(instance.id, 'hex'));
    const stated = {
      epoch: Number(epoch),
      commits: Number(commits),
      digest,
      run,
      follows,
      time: Number(time),
    };
    expect(isStatedBy(publicKey, { instance: id, nonce, seen, ...stated }, signature)).toBe(true);
    expect(stated.time).toBe(clock.time);
    return stated;
  };
  return { client, state };
}

const write = (store = test.store) => store.commit({ put: [{ key: ['x'], value: new Uint8Array(1) }] });

it('is signed by the instance, and rises with each commit and each start', async () => {
  const { state } = await start();
  const first = await state();
  expect(first).toMatchObject({ epoch: 1, follows: false });
  await write();
  const second = await state(first);
  expect(second).toMatchObject({ commits: first.commits + 1, run: first.run, follows: true });
  expect(second.digest).not.toEqual(first.digest);
  await test.reopen();
  const third = await (await start()).state(second);
  expect(third.commits).toBeGreaterThan(second.commits);
  expect(third.run).not.toEqual(second.run);
  expect(third.follows).toBe(true);
});

it('does not follow what was seen after it was copied, however far the copy goes on', async () => {
  const { state } = await start();
  const before = await state();
  const copy = join(test.folder, 'copy');
  await test.store.copyTo(copy);
  const atCopy = await state();
  await write();
  const after = await state();
  await using stack = new AsyncDisposableStack();
  const rootKey = fileRootKey(join(test.folder, 'root.key'));
  const put = stack.adopt(await openEmbeddedStore({ folder: copy, rootKey }), (it) => it.close());
  const copied = await start(put);
  for (let round = 0; round < 5; round++) {
    expect(await copied.state(after)).toMatchObject({ follows: false });
    expect(await copied.state(before)).toMatchObject({ follows: true });
    expect(await copied.state(atCopy)).toMatchObject({ follows: true });
    await write(put);
  }
  // Nor do the data that went on follow what the copy showed.
  expect(await state(await copied.state())).toMatchObject({ follows: false });
  expect(await state(after)).toMatchObject({ follows: true });
});

it.each([
  ['another run', { run: new Uint8Array(16) }],
  ['another epoch', { epoch: 2 }],
  ['more commits', { commits: 1e9 }],
  ['commits before the run', { commits: 0 }],
])('does not follow %s', async (_what, other) => {
  const { state } = await start();
  expect(await state({ ...(await state()), ...other })).toMatchObject({ follows: false });
});

it.each([0, 31, 33])('wants a nonce of 32 bytes, not of %d', async (length) => {
  const { client } = await start();
  await expect(client.getState({ nonce: new Uint8Array(length) })).rejects.toThrow(/32 bytes/);
});

it.each([
  ['a run of 15 bytes', { run: new Uint8Array(15) }],
  ['a number that is not exact', { commits: 2n ** 60n }],
])('wants no %s', async (_what, other) => {
  const { client } = await start();
  const seen = { epoch: 1n, commits: 1n, run: new Uint8Array(16), ...other };
  await expect(client.getState({ nonce, seen })).rejects.toThrow(/16 bytes/);
});
