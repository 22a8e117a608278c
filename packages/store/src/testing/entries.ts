/** Contract: entries, versions, atomicity, pages, limits. */
import assert from 'node:assert/strict';
import { limits } from '../limits.ts';
import { bytes, type Cases, refused, scanAll, shown } from './cases.ts';

export const cases: Cases = {
  'a put is got, with its key and version': async (open) => {
    const store = await open();
    await store.commit({ put: [{ key: ['user', 'ann'], value: bytes('a') }] });
    assert.deepEqual(await store.get(['user', 'ann']), {
      key: ['user', 'ann'],
      value: bytes('a'),
      version: 1,
    });
    assert.equal(await store.get(['user', 'bob']), undefined);
    assert.equal(await store.get(['user']), undefined);
  },

  'getMany answers in order, absent and repeated keys included': async (open) => {
    const store = await open();
    await store.commit({ put: ['1', '2'].map((id) => ({ key: ['a', id], value: bytes(id) })) });
    const got = await store.getMany([
      ['a', '2'],
      ['a', 'no'],
      ['a', '1'],
      ['a', '2'],
    ]);
    assert.deepEqual(got.map(shown), ['1 2', undefined, '1 1', '1 2']);
    assert.deepEqual(await store.getMany([]), []);
  },

  'versions count puts and are never used again after a delete': async (open) => {
    const store = await open();
    const put = (value: string) => store.commit({ put: [{ key: ['k'], value: bytes(value) }] });
    await put('a');
    await put('b');
    assert.equal(shown(await store.get(['k'])), '2 b');
    await store.commit({ delete: [['k']] });
    assert.equal(await store.get(['k']), undefined);
    await store.commit({ expect: [{ key: ['k'], version: 0 }], put: [{ key: ['k'], value: bytes('c') }] });
    const version = (await store.get(['k']))?.version ?? 0;
    assert.ok(version > 2, `version ${version} was used before`);
    await refused(store.commit({ expect: [{ key: ['k'], version: 1 }], put: [] }), 'conflict');
    await store.commit({ delete: [['k'], ['never']] });
    await put('d');
    assert.ok(((await store.get(['k']))?.version ?? 0) > version);
  },

  'commitVersions tells the versions that get finds': async (open) => {
    const store = await open();
    if (!store.commitVersions) return;
    await store.commit({ put: [{ key: ['b'], value: bytes('') }] });
    const put = ['a', 'b'].map((id) => ({ key: [id], value: bytes(id) }));
    const versions = await store.commitVersions({ put });
    const got = await store.getMany([['a'], ['b']]);
    assert.deepEqual(versions, [1, 2]);
    assert.deepEqual(
      versions,
      got.map((entry) => entry?.version),
    );
  },

  'a failed expectation leaves everything as it was': async (open) => {
    const store = await open();
    await store.commit({ put: [{ key: ['a'], value: bytes('old') }] });
    const rest = {
      put: [{ key: ['c'], value: bytes('new') }],
      delete: [['a']],
      queue: [
        { op: 'enqueue', queue: 'q', id: '1' },
        { op: 'enqueue', queue: 'q', id: '2' },
      ] as const,
      append: [{ log: 'l', value: bytes('x') }],
    };
    const a = { key: ['a'], version: 1 };
    await refused(store.commit({ ...rest, expect: [a, { key: ['b'], version: 1 }] }), 'conflict');
    assert.equal(shown(await store.get(['a'])), '1 old');
    assert.equal(await store.get(['c']), undefined);
    assert.deepEqual(await store.queue('q'), []);
    assert.equal(await store.logLength('l'), 0);
    await store.commit({ ...rest, expect: [a, { key: ['b'], version: 0 }] });
    assert.equal(await store.get(['a']), undefined);
    assert.equal(shown(await store.get(['c'])), '1 new');
    assert.equal((await store.queue('q')).length, 2);
    assert.equal(await store.logLength('l'), 1);
  },

  'values may be empty, binary and large': async (open) => {
    const store = await open();
    const large = new Uint8Array(5 * 1024 * 1024).map((_, index) => index * 7);
    const all = Uint8Array.from({ length: 256 }, (_, index) => index);
    // A view in the middle of a buffer must not bring its neighbours along.
    const put = [new Uint8Array(0), all, large, large.subarray(3, 9)];
    await store.commit({ put: put.map((value, index) => ({ key: [`${index}`], value })) });
    const got = await store.getMany(put.map((_, index) => [`${index}`]));
    for (const [index, value] of put.entries())
      assert.equal(Buffer.compare(got[index]?.value ?? bytes('absent'), value), 0, `value ${index}`);
  },

  'a scan has every entry under whole segments once, whatever the page size': async (open) => {
    const store = await open();
    const keys = [
      ['a'],
      ['ab', 'x'],
      ['b', '1'],
      ...Array.from({ length: 23 }, (_, i) => ['a', `${i}`]),
      ['a', '1', 'deep'],
    ];
    await store.commit({ put: keys.map((key) => ({ key, value: bytes(key.join('/')) })) });
    const under = keys.filter((key) => key[0] === 'a' && key.length > 1).map((key) => key.join('/'));
    for (const limit of [1, 5, 24, 100]) {
      const found = await scanAll(store, ['a'], limit);
      assert.deepEqual(found.map(({ key }) => key.join('/')).sort(), [...under].sort());
      assert.ok(found.every(({ key, value }) => Buffer.from(value).toString() === key.join('/')));
    }
    assert.equal((await scanAll(store, [], 4)).length, keys.length);
    assert.deepEqual(await scanAll(store, ['c'], 4), []);
    const first = await store.scan(['a'], { limit: 5 });
    assert.deepEqual((await store.scan(['a'], { limit: 5 })).entries, first.entries, 'the order is stable');
    await refused(store.scan(['b'], { cursor: first.next ?? '' }), 'invalid');
  },

  'entries are iterated once each, over several pages, whole segments only': async (open) => {
    const store = await open();
    // More than a page of the engine's: its values are large.
    const value = new Uint8Array(Math.ceil(limits.pageBytes.value / 8));
    const numbers = Array.from({ length: 12 }, (_, i) => `${i}`);
    for (const number of numbers) await store.commit({ put: [{ key: ['a', number], value }] });
    await store.commit({ put: [['a'], ['ab', 'x'], ['b', '1']].map((key) => ({ key, value: bytes('') })) });
    assert.ok((await store.scan(['a'])).next !== undefined, 'one page holds them all');
    const found: string[] = [];
    for await (const entry of store.entries(['a'])) {
      found.push(entry.key.join('/'));
      assert.equal(entry.value.length, value.length);
    }
    assert.deepEqual(found.sort(), numbers.map((number) => `a/${number}`).sort());
    for await (const entry of store.entries(['c'])) assert.fail(`${entry.key.join('/')} is not under c`);
  },

  'an iteration ends when its reader has seen enough, and outlives changes': async (open) => {
    const store = await open();
    const keys = Array.from({ length: 5 }, (_, i) => ['a', `${i}`]);
    await store.commit({ put: keys.map((key) => ({ key, value: bytes('x') })) });
    let seen = 0;
    for await (const { key } of store.entries(['a'])) {
      await store.commit({ delete: [key] });
      if (++seen === 2) break;
    }
    assert.equal((await scanAll(store, ['a'], 10)).length, 3);
  },

  'an iteration of a closed store, or under nonsense, is refused': async (open) => {
    const store = await open();
    const first = (prefix: readonly string[]) => store.entries(prefix)[Symbol.asyncIterator]().next();
    await refused(first(['\ud800']), 'invalid');
    await store.close();
    await refused(first(['a']), 'closed');
  },

  'segments are kept apart': async (open) => {
    const store = await open();
    const keys = [['a', 'b'], ['ab'], ['a/b'], ['a', '', 'b'], ['a\0b'], ['', 'ab'], ['é'], ['e\u0301']];
    await store.commit({ put: keys.map((key, index) => ({ key, value: bytes(`${index}`) })) });
    const got = await store.getMany(keys);
    assert.deepEqual(
      got.map(shown),
      keys.map((_, index) => `1 ${index}`),
    );
    assert.deepEqual(
      got.map((entry) => entry?.key),
      keys,
    );
  },

  'limits and nonsense are refused': async (open) => {
    const store = await open();
    const value = bytes('x');
    const long = 'x'.repeat(limits.segmentBytes.value + 1);
    await refused(store.get([]), 'invalid');
    await refused(store.get(['\ud800']), 'invalid');
    await refused(store.get([long]), 'too-large');
    await refused(store.get(Array.from({ length: limits.keySegments.value + 1 }, () => 'x')), 'too-large');
    await refused(store.scan(['a'], { limit: 0 }), 'invalid');
    await refused(store.commit({ expect: [{ key: ['a'], version: -1 }] }), 'invalid');
    await refused(store.commit({ put: [{ key: ['a'], value }], delete: [['a']] }), 'invalid');
    await refused(
      store.commit({ put: [{ key: ['a'], value: new Uint8Array(limits.valueBytes.value + 1) }] }),
      'too-large',
    );
    const many = Array.from({ length: limits.batchOperations.value + 1 }, (_, i) => ({
      key: [`${i}`],
      version: 0,
    }));
    await refused(store.commit({ expect: many }), 'too-large');
    assert.deepEqual((await store.scan([])).entries, []);
  },

  'everything is there after closing and opening again': async (open) => {
    const first = await open();
    await first.commit({
      put: [{ key: ['a', 'b'], value: bytes('v') }],
      queue: [{ op: 'enqueue', queue: 'q', id: '1', payload: bytes('p') }],
      append: [{ log: 'l', value: bytes('e') }],
    });
    await first.commit({ queue: [{ op: 'lease', queue: 'q', id: '1', token: 0, until: 99 }] });
    // What was asked before the close is still answered.
    const last = first.commit({ put: [{ key: ['last'], value: bytes('z') }] });
    await first.close();
    await last;
    await refused(first.get(['a', 'b']), 'closed');
    const again = await open();
    assert.equal(shown(await again.get(['a', 'b'])), '1 v');
    assert.equal(shown(await again.get(['last'])), '1 z');
    assert.deepEqual(await again.queue('q'), [{ id: '1', payload: bytes('p'), token: 1, until: 99 }]);
    assert.deepEqual(await again.log('l'), [{ index: 0, value: bytes('e') }]);
  },
};
