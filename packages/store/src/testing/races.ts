/** Contract: many callers at once. */
import assert from 'node:assert/strict';
import { type Store, StoreError } from '../store.ts';
import { bytes, type Cases, shown, text } from './cases.ts';

async function increment(store: Store, key: readonly string[]): Promise<number> {
  for (let conflicts = 0; ; conflicts++) {
    const entry = await store.get(key);
    const value = bytes(`${Number(text(entry?.value) ?? 0) + 1}`);
    try {
      await store.commit({ expect: [{ key, version: entry?.version ?? 0 }], put: [{ key, value }] });
      return conflicts;
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'conflict')) throw error;
    }
  }
}

const numbers = (values: (string | undefined)[]) => values.map(Number).sort((a, b) => a - b);

export const cases: Cases = {
  'counters that many raise lose no step': async (open) => {
    const store = await open();
    const callers = 24;
    const rounds = 5;
    await Promise.all(
      Array.from({ length: callers }, async (_, caller) => {
        for (let round = 0; round < rounds; round++) await increment(store, ['counter', `${caller % 3}`]);
      }),
    );
    const counters = await store.getMany(['0', '1', '2'].map((id) => ['counter', id]));
    const each = (callers * rounds) / 3;
    assert.deepEqual(
      counters.map(shown),
      Array.from({ length: 3 }, () => `${each} ${each}`),
    );
  },

  'of many that create a key exactly one does': async (open) => {
    const store = await open();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) =>
        store.commit({
          expect: [{ key: ['one'], version: 0 }],
          put: [{ key: ['one'], value: bytes(`${i}`) }],
        }),
      ),
    );
    const winners = outcomes.flatMap(({ status }, i) => (status === 'fulfilled' ? [`1 ${i}`] : []));
    assert.deepEqual([shown(await store.get(['one']))], winners);
  },

  'a conflict harms no neighbour that is committed at the same time': async (open) => {
    const store = await open();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 60 }, (_, i) =>
        store.commit({
          expect: i % 3 === 0 ? [{ key: ['absent'], version: 7 }] : [],
          put: [{ key: ['k', `${i}`], value: bytes(`${i}`) }],
          queue: [
            { op: 'enqueue', queue: 'q', id: `${i}` },
            // The second operation of each fourth batch conflicts, when the first has been done.
            i % 4 === 0
              ? { op: 'lease', queue: 'q', id: 'nobody', token: 0, until: 1 }
              : { op: 'enqueue', queue: 'other', id: `${i}` },
          ],
          append: [{ log: 'l', value: bytes(`${i}`) }],
        }),
      ),
    );
    const expected = Array.from({ length: 60 }, (_, i) => i).filter((i) => i % 3 !== 0 && i % 4 !== 0);
    const done = outcomes.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
    assert.deepEqual(done, expected);
    assert.deepEqual(numbers((await store.scan(['k'])).entries.map(({ key }) => key[1])), expected);
    assert.deepEqual(numbers((await store.queue('q')).map(({ id }) => id)), expected);
    assert.deepEqual(numbers((await store.queue('other')).map(({ id }) => id)), expected);
    assert.deepEqual(numbers((await store.log('l')).map(({ value }) => text(value))), expected);
  },

  'a later batch sees the earlier ones of its group': async (open) => {
    const store = await open();
    const step = (version: number) =>
      store.commit({
        expect: [{ key: ['s'], version }],
        put: [{ key: ['s'], value: bytes(`${version + 1}`) }],
      });
    await Promise.all(Array.from({ length: 10 }, (_, version) => step(version)));
    assert.equal(shown(await store.get(['s'])), '10 10');
  },

  'a read that follows a commit sees it': async (open) => {
    const store = await open();
    await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const key = ['r', `${i % 5}`, `${i}`];
        await store.commit({ put: [{ key, value: bytes(`${i}`) }] });
        assert.equal(shown(await store.get(key)), `1 ${i}`);
        const { entries } = await store.scan(['r', `${i % 5}`]);
        assert.ok(entries.some((entry) => entry.key[2] === `${i}`));
      }),
    );
  },
};
