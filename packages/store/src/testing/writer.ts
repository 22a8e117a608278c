/**
 * A process for tests: opens a store, commits under load, prints each acknowledged write as `writer round`, one a
 * line. `node writer.ts FOLDER` runs until it is killed; `node writer.ts FOLDER fill BALLAST` writes until the disk
 * is full, removes the file BALLAST, writes once more, and prints one line of JSON.
 */

import { writeSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { openEmbeddedStore } from '../embedded/open.ts';
import { fileRootKey } from '../root-key.ts';
import { type Store, StoreError } from '../store.ts';

const WRITERS = 16;

async function write(store: Store, writer: number): Promise<void> {
  const key = ['writer', `${writer}`];
  for (;;) {
    const version = (await store.get(key))?.version ?? 0;
    const round = version + 1;
    await store.commit({
      expect: [{ key, version }],
      put: [
        { key, value: Buffer.from(`${round}`) },
        { key: ['round', `${writer}`, `${round}`], value: Buffer.alloc(200, round) },
      ],
      queue: [{ op: 'enqueue', queue: 'rounds', id: `${writer}/${round}` }],
      append: [{ log: `writer-${writer}`, value: Buffer.from(`${round}`) }],
    });
    // Synchronous: an acknowledgement that was given must not be lost in a buffer of this process.
    writeSync(1, `${writer} ${round}\n`);
  }
}

async function fill(store: Store, ballast: string): Promise<void> {
  const value = Buffer.alloc(100_000, 1);
  const put = (index: number) => store.commit({ put: [{ key: ['fill', `${index}`], value }] });
  let written = 0;
  let code = '';
  for (; code === ''; written += code === '' ? 1 : 0)
    code = await put(written).then(
      () => '',
      (error: unknown) => (error instanceof StoreError ? error.code : String(error)),
    );
  const kept = (await store.scan(['fill'])).entries.length;
  await unlink(ballast);
  await put(written);
  const after = (await store.scan(['fill'])).entries.length;
  console.log(JSON.stringify({ code, written, kept, after }));
  await store.close();
}

const [folder, mode, ballast] = process.argv.slice(2) as [string, string?, string?];
const store = await openEmbeddedStore({ folder, rootKey: fileRootKey(join(folder, 'root.key')) });
if (mode === 'fill') await fill(store, ballast as string);
else await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(store, writer)));
