import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileRootKey } from '../root-key.ts';
import { copyClosedStore, type EmbeddedStore, openEmbeddedStore } from './open.ts';

let folder: string;
let store: EmbeddedStore;
const at = (name: string) => join(folder, name);
const open = (name: string) => openEmbeddedStore({ folder: at(name), rootKey: fileRootKey(at('root.key')) });
const put = (value: string) => store.commit({ put: [{ key: ['k', value], value: Buffer.from(value) }] });
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-copy-'));
  store = await open('store');
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

/** What a copy holds, opened as a store of its own. */
async function valuesIn(name: string): Promise<string[]> {
  const copy = await open(name);
  const values: string[] = [];
  for await (const { value } of copy.entries(['k'])) values.push(Buffer.from(value).toString());
  await copy.close();
  return values.sort();
}

describe('a copy of a store', () => {
  it('in use has what was committed before, all of it and nothing else', async () => {
    await Promise.all(['a', 'b', 'c'].map(put));
    await store.commit({
      queue: [{ op: 'enqueue', queue: 'q', id: 'i' }],
      append: [{ log: 'l', value: Buffer.from('entry') }],
    });
    const copied = store.copyTo(at('copy'));
    const later = put('d');
    await Promise.all([copied, later]);
    expect(await valuesIn('copy')).toEqual(expect.arrayContaining(['a', 'b', 'c']));
    await put('e');
    expect(await valuesIn('copy')).not.toContain('e');
    const copy = await open('copy');
    expect([(await copy.queue('q')).length, await copy.logLength('l')]).toEqual([1, 1]);
    await copy.close();
  });

  it('goes into a new file alone', async () => {
    await store.copyTo(at('copy'));
    await expect(store.copyTo(at('copy'))).rejects.toMatchObject({ code: 'io' });
  });

  it('that is closed is made without its key, and of one in use it is refused', async () => {
    await put('a');
    await expect(copyClosedStore(at('store'), at('copy'))).rejects.toMatchObject({ code: 'in-use' });
    await store.close();
    await copyClosedStore(at('store'), at('other'));
    expect(await valuesIn('other')).toEqual(['a']);
    store = await open('store');
  });
});
