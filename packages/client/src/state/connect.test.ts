/** A client that remembers, and the platform behind its connections. */
import { authentication } from '@gaiwan/protocol';
import { expect, it, onTestFinished } from 'vitest';
import { connect } from '../connect.ts';
import { FIRST_STATE } from '../testing/attestation.ts';
import { makeMachine } from '../testing/machine.ts';
import { startServer } from '../testing/server.ts';
import { StatesInMemory } from './memory.ts';

const { identity, trust } = await makeMachine();

async function platform() {
  let state = FIRST_STATE;
  const server = await startServer(identity, {
    state: () => state,
    routes(router) {
      router.service(authentication.TeaclaveAuthenticationApi, { userLogin: () => ({ token: 'a token' }) });
    },
  });
  onTestFinished(() => server.close());
  const at = { authentication: server.url, frontend: server.url, trust };
  const moveTo = (epoch: number, commits: number) => {
    state = { ...FIRST_STATE, epoch, commits, digest: new Uint8Array(32).fill(commits) };
  };
  return { server, at, moveTo };
}

it('refuses an older platform before anything is sent to it', async () => {
  const { server, at, moveTo } = await platform();
  const states = new StatesInMemory();
  moveTo(1, 9);
  using before = await connect({ ...at, states });
  expect((await before.verify()).frontend.state).toMatchObject({ epoch: 1, commits: 9 });
  moveTo(1, 8);
  using client = await connect({ ...at, states });
  for (const protocol of ['grpc', 'connect'] as const) {
    using each = await connect({ ...at, states, protocol });
    await expect(each.login('alice', 'secret')).rejects.toMatchObject({ code: 'state-older' });
  }
  await expect(client.verify()).rejects.toMatchObject({ code: 'state-older' });
  await expect(client.state()).rejects.toMatchObject({ code: 'state-older' });
  expect(server.requests()).toBe(0);
  // Whoever saw nothing has nothing to hold it to.
  using stranger = await connect(at);
  await stranger.verify();
});

it('refuses a new epoch until it is named', async () => {
  const { server, at, moveTo } = await platform();
  const states = new StatesInMemory();
  moveTo(1, 9);
  using before = await connect({ ...at, states });
  await before.verify();
  moveTo(2, 4);
  using refusing = await connect({ ...at, states });
  await expect(refusing.login('alice', 'secret')).rejects.toMatchObject({ code: 'state-new-epoch' });
  using wrong = await connect({ ...at, states, acceptEpoch: 3 });
  await expect(wrong.verify()).rejects.toMatchObject({ code: 'state-new-epoch' });
  expect(server.requests()).toBe(0);
  using accepting = await connect({ ...at, states, acceptEpoch: 2 });
  await accepting.login('alice', 'secret');
  using later = await connect({ ...at, states });
  await later.login('alice', 'secret');
});

it('asks again over an open connection, remembers, and refuses what went back', async () => {
  const { at, moveTo } = await platform();
  const states = new StatesInMemory();
  using client = await connect({ ...at, states });
  await client.verify();
  moveTo(1, 20);
  expect(await client.state()).toMatchObject({ epoch: 1, commits: 20 });
  expect(await states.read(client.instance ?? '')).toMatchObject({ commits: 20 });
  moveTo(1, 19);
  await expect(client.state()).rejects.toMatchObject({ code: 'state-older' });
});
