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
};
