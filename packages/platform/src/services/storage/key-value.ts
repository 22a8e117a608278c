/** TeaclaveStorage over the sealed store: keys and values of bytes, and a first-in-first-out queue for each key. */
import { randomUUID } from 'node:crypto';
import type { ConnectRouter } from '@connectrpc/connect';
import { storage } from '@gaiwan/protocol';
import { type Store, StoreError } from '@gaiwan/store';
import { refuse } from '../../errors.ts';

const PAGE = 500;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const at = (key: Uint8Array): string[] => ['kv', hex(key)];
const queueOf = (key: Uint8Array): string => `kv-${hex(key)}`;

async function told<T>(attempt: Promise<T>): Promise<T> {
  try {
    return await attempt;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw refuse(`store-${error.code}`, `The store refuses: ${error.message}.`, { cause: error });
  }
}

async function dequeue(store: Store, key: Uint8Array): Promise<Uint8Array> {
  const queue = queueOf(key);
  for (;;) {
    const [item] = await store.queue(queue, { limit: 1 });
    if (item === undefined) throw refuse('empty-queue', 'The queue of this key is empty: enqueue first.');
    const { id, token, payload } = item;
    try {
      await store.commit({
        queue: [
          // Nobody else has it between the two.
          { op: 'lease', queue, id, token, until: 1 },
          { op: 'remove', queue, id, token: token + 1 },
        ],
      });
      return payload;
    } catch (error) {
      // Somebody else took it: the next one, then.
      if (!(error instanceof StoreError) || error.code !== 'conflict') throw error;
    }
  }
}

/** Blinded keys have no order: all are looked at. */
async function keysByPrefix(store: Store, prefix: Uint8Array): Promise<Uint8Array[]> {
  const wanted = hex(prefix);
  const keys: Uint8Array[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.scan(['kv'], { limit: PAGE, ...(cursor !== undefined && { cursor }) });
    for (const { key } of page.entries) {
      if (key[1]?.startsWith(wanted)) keys.push(new Uint8Array(Buffer.from(key[1], 'hex')));
    }
    cursor = page.next;
  } while (cursor !== undefined);
  return keys.sort((a, b) => Buffer.compare(a, b));
}

/** Whoever gets here was judged by its evidence when it connected. */
export function storageRoutes(store: Store): (router: ConnectRouter) => void {
  return (router) => {
    router.service(storage.TeaclaveStorage, {
      async get({ key }) {
        const entry = await told(store.get(at(key)));
        if (entry === undefined) throw refuse('unknown-key', 'There is no value under this key.');
        return { value: entry.value };
      },
      async put({ key, value }) {
        await told(store.commit({ put: [{ key: at(key), value }] }));
        return {};
      },
      async delete({ key }) {
        await told(store.commit({ delete: [at(key)] }));
        return {};
      },
      async enqueue({ key, value }) {
        const item = { op: 'enqueue', queue: queueOf(key), id: randomUUID(), payload: value } as const;
        await told(store.commit({ queue: [item] }));
        return {};
      },
      dequeue: async ({ key }) => ({ value: await told(dequeue(store, key)) }),
      getKeysByPrefix: async ({ prefix }) => ({ keys: await told(keysByPrefix(store, prefix)) }),
    });
  };
}
