import { createRouterTransport, createClient } from '@connectrpc/connect';
import { gaiwan } from '@gaiwan/protocol';
import { isStatedBy } from '@gaiwan/trust';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openInstance } from '../state/instance.ts';
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

async function asking() {
  const { store, clock } = test;
  const instance = await openInstance(store, clock);
  const head = async () => ({ epoch: 1, ...(await test.store.head()) });
  const transport = createRouterTransport(
    (router) => mount(router, stateService({ instance, head, clock })),
    { router: { interceptors: [errorInterceptor(() => undefined)] } },
  );
  return { instance, client: createClient(gaiwan.StateService, transport) };
}

async function state() {
  const { instance, client } = await asking();
  const { publicKey, epoch, commits, digest, time, signature } = await client.getState({ nonce });
  const id = new Uint8Array(Buffer.from(instance.id, 'hex'));
  const stated = { epoch: Number(epoch), commits: Number(commits), digest, time: Number(time) };
  expect(isStatedBy(publicKey, { instance: id, nonce, ...stated }, signature)).toBe(true);
  expect(stated.time).toBe(test.clock.time);
  return { id: instance.id, ...stated };
}

it('is signed by the instance, rises with each commit, and is the same after a restart', async () => {
  const first = await state();
  expect(first).toMatchObject({ epoch: 1 });
  await test.store.commit({ put: [{ key: ['x'], value: new Uint8Array(1) }] });
  const second = await state();
  expect(second.commits).toBe(first.commits + 1);
  expect(second.digest).not.toEqual(first.digest);
  await test.reopen();
  expect(await state()).toEqual(second);
});

it.each([0, 31, 33])('wants a nonce of 32 bytes, not of %d', async (length) => {
  const { client } = await asking();
  await expect(client.getState({ nonce: new Uint8Array(length) })).rejects.toThrow(/32 bytes/);
});
