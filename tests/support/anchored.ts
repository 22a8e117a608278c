/**
 * A process for tests: `node anchored.ts FOLDER recover|go-on` opens a store whose anchor is FOLDER/anchor, commits and rotates its keys until
 * it is killed. Prints `r` before it writes a new epoch, `e` with its epoch once it is open, then `k` for each rotation and the number of each
 * acknowledged commit, one a line.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileAnchor } from '@gaiwan/enclave';
import { openEmbeddedStore } from '@gaiwan/store';
import { sealedRoot } from './sealed-root.ts';

const [folder = '', how = ''] = process.argv.slice(2);
const recover = () => {
  writeSync(1, 'r\n');
  return {};
};
const store = await openEmbeddedStore({
  folder: join(folder, 'store'),
  rootKey: sealedRoot(folder),
  anchor: { anchor: fileAnchor(join(folder, 'anchor')) },
  ...(how === 'recover' && { recover }),
});
// Synchronous: what was acknowledged must not be lost in a buffer of this process.
writeSync(1, `e ${(await store.head()).epoch}\n`);

const found = await store.get(['count']);
let last = Number(Buffer.from(found?.value ?? []).toString() || '0');

/** Several at once, so that commits come while the anchor is being advanced. */
async function count(): Promise<void> {
  for (;;) {
    const next = ++last;
    const value = Buffer.from(String(next));
    await store.commit({
      put: [
        { key: ['each', String(next)], value },
        { key: ['count'], value },
      ],
    });
    writeSync(1, `${next}\n`);
  }
}

/** Without a pause: each writes another root and has it anchored, as the rows that are sealed anew behind it are. */
async function rotate(): Promise<void> {
  for (;;) {
    await store.rotateKeys();
    writeSync(1, 'k\n');
  }
}

await Promise.all([count(), count(), count(), rotate()]);
