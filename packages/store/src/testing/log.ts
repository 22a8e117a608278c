/** Contract: logs. */
import assert from 'node:assert/strict';
import { bytes, type Cases, refused, text } from './cases.ts';

export const cases: Cases = {
  'entries are numbered from 0 without gaps, also where commits fail': async (open) => {
    const store = await open();
    await Promise.allSettled(
      Array.from({ length: 40 }, (_, i) =>
        store.commit({
          expect: [{ key: ['x'], version: i % 4 === 1 ? 1 : 0 }],
          append: [
            { log: 'l', value: bytes(`${i} first`) },
            { log: 'm', value: bytes(`${i}`) },
            { log: 'l', value: bytes(`${i} second`) },
          ],
        }),
      ),
    );
    const entries = await store.log('l');
    assert.equal(entries.length, 60);
    assert.equal(await store.logLength('l'), 60);
    assert.equal(await store.logLength('m'), 30);
    assert.deepEqual(
      entries.map(({ index }) => index),
      Array.from({ length: 60 }, (_, i) => i),
    );
    for (let i = 0; i < 60; i += 2) {
      const [first, second] = [text(entries[i]?.value), text(entries[i + 1]?.value)];
      assert.equal(first?.replace('first', 'second'), second);
    }
  },

  'pages of a log': async (open) => {
    const store = await open();
    await store.commit({ append: Array.from({ length: 9 }, (_, i) => ({ log: 'l', value: bytes(`${i}`) })) });
    const page = async (from: number, limit: number) =>
      (await store.log('l', { from, limit })).map(({ index, value }) => `${index} ${text(value)}`);
    assert.deepEqual(await page(0, 2), ['0 0', '1 1']);
    assert.deepEqual(await page(7, 10), ['7 7', '8 8']);
    assert.deepEqual(await page(9, 10), []);
    assert.deepEqual(await store.log('none'), []);
    assert.equal(await store.logLength('none'), 0);
    await refused(store.log('l', { from: -1 }), 'invalid');
  },

  'a log that is trimmed keeps its newest entries, their indexes and its length': async (open) => {
    const store = await open();
    const append = (from: number, to: number) =>
      store.commit({
        append: Array.from({ length: to - from }, (_, i) => ({ log: 'l', value: bytes(`${from + i}`) })),
      });
    const entries = async (from = 0) => {
      const page = await store.log('l', { from, limit: 1000 });
      for (const { index, value } of page) assert.equal(text(value), `${index}`);
      return page.map(({ index }) => index);
    };
    await store.commit({ trim: [{ log: 'l', before: 5 }] });
    assert.deepEqual(await entries(), []);
    await append(0, 300);
    await refused(
      store.commit({ expect: [{ key: ['x'], version: 1 }], trim: [{ log: 'l', before: 200 }] }),
      'conflict',
    );
    assert.equal((await entries()).length, 300);
    await store.commit({
      trim: [
        { log: 'l', before: 200 },
        { log: 'l', before: 200 },
      ],
    });
    const [first = -1, ...others] = await entries();
    assert.ok(first > 0 && first <= 200, `the first is ${first}`);
    assert.equal(others.at(-1), 299);
    assert.equal(others.length, 299 - first);
    assert.equal((await entries(250))[0], 250);
    assert.equal(await store.logLength('l'), 300);
    await append(300, 310);
    await store.commit({ trim: [{ log: 'l', before: 10_000 }] });
    assert.equal((await entries()).at(-1), 309);
    assert.equal(await store.logLength('l'), 310);
    await store.commit({ trim: [{ log: 'l', before: 0 }] });
    assert.equal((await entries()).at(-1), 309);
    await refused(store.commit({ trim: [{ log: 'l', before: -1 }] }), 'invalid');
  },
};
