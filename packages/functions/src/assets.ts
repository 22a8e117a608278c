/**
 * What installed packages bring along beside code: a WebAssembly binary, weights. The only file access of the built-in
 * functions (packages/plan.json holds them to it). Each asset is pinned by its hash, because a worker's
 * measurement covers our code, and by the hash in it the asset as well.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

export interface Asset {
  /** As a module would import it: `package/path`. */
  readonly specifier: string;
  /** Hex, lower case. */
  readonly sha256: string;
}

const { resolve } = createRequire(import.meta.url);

/** Its bytes. Throws `Error` where it is missing or is another file than the pinned one: the installation is broken. */
export async function readAsset({ specifier, sha256 }: Asset): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = Uint8Array.from(await readFile(resolve(specifier)));
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256) {
    throw new Error(`${specifier} has the hash ${found}, not ${sha256}: install the pinned version again.`);
  }
  return bytes;
}
