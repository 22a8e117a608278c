/** Contract: work queues and their fencing tokens. */
import assert from 'node:assert/strict';
import type { QueueOperation, Store } from '../store.ts';
import { bytes, type Cases, refused, text } from './cases.ts';

const item = { queue: 'q', id: 'a' } as const;
const does = (store: Store, ...queue: QueueOperation[]) => store.commit({ queue });
const state = async (store: Store) =>
  (await store.queue('q')).map(({ id, token, until }) => [id, token, until]);

export const cases: Cases = {
  'items come in the order in which they were enqueued, with their payloads': async (open) => {
    const store = await open();
    const ids = ['z', 'a', 'm', 'b', 'y'];
    for (const id of ids) await does(store, { op: 'enqueue', queue: 'q', id, payload: bytes(`for ${id}`) });
    await does(store, { op: 'enqueue', queue: 'other', id: 'a' });
    await does(store, { op: 'lease', queue: 'q', id: 'a', token: 0, until: 5 });
    const items = await store.queue('q');
    assert.deepEqual(
      items.map(({ id, payload }) => [id, text(payload)]),
      ids.map((id) => [id, `for ${id}`]),
    );
    assert.deepEqual(
      (await store.queue('q', { limit: 2 })).map(({ id }) => id),
      ['z', 'a'],
    );
    assert.deepEqual(await store.queue('other'), [{ id: 'a', payload: bytes(''), token: 0, until: 0 }]);
    assert.deepEqual(await store.queue('none'), []);
    await does(store, { op: 'remove', queue: 'q', id: 'z' }, { op: 'enqueue', queue: 'q', id: 'z' });
    assert.deepEqual(
      (await store.queue('q')).map(({ id }) => id),
      ['a', 'm', 'b', 'y', 'z'],
    );
  },

  'a lease and its release': async (open) => {
    const store = await open();
    await does(store, { op: 'enqueue', ...item, payload: bytes('p') });
    await does(store, { op: 'lease', ...item, token: 0, until: 100 });
    assert.deepEqual(await state(store), [['a', 1, 100]]);
    await does(store, { op: 'release', ...item, token: 1 });
    assert.deepEqual(await state(store), [['a', 1, 0]]);
    await does(store, { op: 'lease', ...item, token: 1, until: 300 });
    assert.deepEqual(await store.queue('q'), [{ id: 'a', payload: bytes('p'), token: 2, until: 300 }]);
    await does(store, { op: 'remove', ...item, token: 2 });
    assert.deepEqual(await state(store), []);
  },

  'an old token can do nothing any more': async (open) => {
    const store = await open();
    await does(store, { op: 'enqueue', ...item });
    await does(store, { op: 'lease', ...item, token: 0, until: 100 });
    await does(store, { op: 'lease', ...item, token: 1, until: 200 });
    const result = { key: ['result'], value: bytes('stale') };
    for (const token of [0, 1, 3]) {
      await refused(does(store, { op: 'lease', ...item, token, until: 900 }), 'conflict');
      await refused(does(store, { op: 'release', ...item, token }), 'conflict');
      await refused(store.commit({ put: [result], queue: [{ op: 'remove', ...item, token }] }), 'conflict');
    }
    assert.equal(await store.get(['result']), undefined);
    assert.deepEqual(await state(store), [['a', 2, 200]]);
  },

  'what was given back or is gone cannot be given back': async (open) => {
    const store = await open();
    await does(store, { op: 'enqueue', ...item });
    await refused(does(store, { op: 'release', ...item, token: 0 }), 'conflict');
    await refused(does(store, { op: 'enqueue', ...item }), 'conflict');
    await does(store, { op: 'lease', ...item, token: 0, until: 100 }, { op: 'release', ...item, token: 1 });
    await refused(does(store, { op: 'release', ...item, token: 1 }), 'conflict');
    await does(store, { op: 'remove', ...item });
    await does(store, { op: 'remove', ...item });
    await refused(does(store, { op: 'remove', ...item, token: 1 }), 'conflict');
    await refused(does(store, { op: 'lease', ...item, token: 1, until: 5 }), 'conflict');
    await refused(does(store, { op: 'lease', ...item, token: 1, until: 0 }), 'invalid');
  },

  'of many that lease an item exactly one gets it': async (open) => {
    const store = await open();
    const ids = Array.from({ length: 10 }, (_, i) => `${i}`);
    await does(store, ...ids.map((id) => ({ op: 'enqueue', queue: 'q', id }) as const));
    const wins = await Promise.all(
      Array.from({ length: 80 }, (_, worker) =>
        does(store, { op: 'lease', queue: 'q', id: `${worker % 10}`, token: 0, until: worker + 1 }).then(
          () => [[`${worker % 10}`, 1, worker + 1]],
          () => [],
        ),
      ),
    );
    assert.deepEqual(new Set(wins.flat()), new Set(await state(store)));
    assert.equal(wins.flat().length, ids.length);
  },
};
