/**
 * What `scripts/copy-assets.mjs` takes of packages beside code: a WebAssembly binary with its glue, weights. The only file access of the built-in
 * functions (packages/plan.json holds them to it). They are measured with the program; what is read is pinned by its hash besides, so
 * that another version of a package is not taken unnoticed.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';

export interface Asset {
  /** Its name in the folder of assets. */
  readonly file: string;
  /** Hex, lower case. */
  readonly sha256: string;
}

/** Beside the built modules, wherever they are: in dist/, and in the command line's bundle. */
const FOLDER = new URL(extname(import.meta.url) === '.ts' ? '../dist/assets/' : './assets/', import.meta.url);

/** Where a module is that was copied with the assets, to be imported from there. */
export const assetModule = (file: string): string => new URL(file, FOLDER).href;

/** Its bytes. Throws `Error` where it is missing or is another file than the pinned one: the installation is broken. */
export async function readAsset({ file, sha256 }: Asset): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = Uint8Array.from(await readFile(new URL(file, FOLDER)));
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256) {
    throw new Error(`${file} has the hash ${found}, not ${sha256}: install the pinned version again.`);
  }
  return bytes;
}
