/** TeaclaveStorage over the sealed store: keys and values of bytes, and a first-in-first-out queue for each key. */
import { randomUUID } from 'node:crypto';
import { storage } from '@gaiwan/protocol';
import { type Store, StoreError } from '@gaiwan/store';
import { refuse } from '../../errors.ts';
import { open } from '../../pipeline/method.ts';
import { type PublicService, serveOpen } from '../../pipeline/public-service.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const at = (key: Uint8Array): string[] => ['kv', hex(key)];
const queueOf = (key: Uint8Array): string => `kv-${hex(key)}`;

async function withCodes<T>(attempt: Promise<T>): Promise<T> {
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
  for await (const { key } of store.entries(['kv'])) {
    if (key[1]?.startsWith(wanted)) keys.push(new Uint8Array(Buffer.from(key[1], 'hex')));
  }
  return keys.sort((a, b) => Buffer.compare(a, b));
}

/** TeaclaveStorage, for other services. */
export function storageService(store: Store): PublicService {
  const because = 'its callers are services, judged by their evidence when they connected';
  return serveOpen(storage.TeaclaveStorage, {
    get: open({
      because,
      run: async ({ key }) => {
        const entry = await withCodes(store.get(at(key)));
        if (entry === undefined) throw refuse('unknown-key', 'There is no value under this key.');
        return { value: entry.value };
      },
    }),
    put: open({
      because,
      run: async ({ key, value }) => {
        await withCodes(store.commit({ put: [{ key: at(key), value }] }));
        return {};
      },
    }),
    delete: open({
      because,
      run: async ({ key }) => {
        await withCodes(store.commit({ delete: [at(key)] }));
        return {};
      },
    }),
    enqueue: open({
      because,
      run: async ({ key, value }) => {
        const item = { op: 'enqueue', queue: queueOf(key), id: randomUUID(), payload: value } as const;
        await withCodes(store.commit({ queue: [item] }));
        return {};
      },
    }),
    dequeue: open({ because, run: async ({ key }) => ({ value: await withCodes(dequeue(store, key)) }) }),
    getKeysByPrefix: open({
      because,
      run: async ({ prefix }) => ({ keys: await withCodes(keysByPrefix(store, prefix)) }),
    }),
  });
}
