/** What a genuine server of a test says about its connections and its state, as the platform does. */

import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import type { ConnectRouter } from '@connectrpc/connect';
import { createContextKey } from '@connectrpc/connect';
import type { AttestedIdentity } from '@gaiwan/enclave';
import { gaiwan } from '@gaiwan/protocol';
import { ownEndOf, type PlatformState, type SeenState, stateStatement } from '@gaiwan/trust';

/** The server's end of the connection that a call came over. */
export const connectionKey = createContextKey<TLSSocket | undefined>(undefined, {
  description: 'connection',
});

/** An instance and its key. */
export interface TestInstance {
  readonly id: string;
  readonly publicKey: Uint8Array;
  readonly sign: (statement: Uint8Array) => Uint8Array;
}

export function testInstance(): TestInstance {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
  return {
    id: createHash('sha256').update(spki).digest('hex'),
    publicKey: spki,
    sign: (statement) => new Uint8Array(sign(null, statement, privateKey)),
  };
}

export function sayWhatConnections(
  router: ConnectRouter,
  identity: AttestedIdentity,
  { id }: TestInstance,
): void {
  router.rpc(gaiwan.AttestationService.method.getConnectionEvidence, async ({ nonce }, { values }) => {
    const socket = values.get(connectionKey);
    const end = socket && ownEndOf(socket);
    if (end === undefined) throw new Error('no TLS 1.3');
    const instanceId = new Uint8Array(Buffer.from(id, 'hex'));
    const said = await identity.connectionEvidence({ ...end, nonce, instance: instanceId });
    if (said === undefined) throw new Error('not a key of this server');
    return { ...said, instanceId };
  });
}

export const FIRST_STATE: PlatformState = {
  epoch: 1,
  commits: 1,
  digest: new Uint8Array(32),
  run: new Uint8Array(16),
};

/** An answer that the instance signed. What was seen is in its past if it is of the same run. */
export function statedBy(
  instance: TestInstance,
  state: PlatformState,
  { nonce, seen }: { readonly nonce: Uint8Array; readonly seen?: SeenState | undefined },
) {
  const time = Date.now();
  const id = new Uint8Array(Buffer.from(instance.id, 'hex'));
  const follows = seen !== undefined && isDeepStrictEqual(seen.run, state.run);
  const signature = instance.sign(stateStatement({ ...state, instance: id, nonce, seen, follows, time }));
  return { ...state, publicKey: instance.publicKey, follows, time, signature };
}

export function sayWhatState(
  router: ConnectRouter,
  instance: TestInstance,
  state: () => PlatformState,
): void {
  router.rpc(gaiwan.StateService.method.getState, ({ nonce, seen }) => {
    const question = {
      nonce,
      seen: seen && { epoch: Number(seen.epoch), commits: Number(seen.commits), run: seen.run },
    };
    const { epoch, commits, time, ...rest } = statedBy(instance, state(), question);
    return { ...rest, epoch: BigInt(epoch), commits: BigInt(commits), time: BigInt(time) };
  });
}
