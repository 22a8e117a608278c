/**
 * The store's thread for tests that run from source: bundled once a run. Node would strip the types of its twenty files at each start of the
 * thread, which is half of what it takes to open a store, and tests open hundreds.
 */
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import type { Plugin } from 'vitest/config';

const FOLDER = 'packages/store/src/embedded';
const STARTED = "new URL('./engine.ts', import.meta.url)";

/** Has `link.ts` start the bundle. Throws `Error` where it no longer starts the thread as this plugin knows it. */
export function bundledEngine(root: string): Plugin {
  let bundle: Promise<string> | undefined;
  return {
    name: 'gaiwan:bundled-engine',
    enforce: 'pre',
    async transform(code, id) {
      if (id !== join(root, FOLDER, 'link.ts')) return undefined;
      if (!code.includes(STARTED)) throw new Error(`${FOLDER}/link.ts does not say ${STARTED} any more.`);
      bundle ??= bundled(root);
      return { code: code.replace(STARTED, `new URL(${JSON.stringify(await bundle)})`), map: null };
    },
  };
}

async function bundled(root: string): Promise<string> {
  const folder = join(root, 'node_modules/.cache/gaiwan');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'engine.mjs');
  // Another run in this tree may be reading it.
  const outfile = `${path}.${process.pid}`;
  await build({
    entryPoints: [join(root, FOLDER, 'engine.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    sourcemap: 'inline',
  });
  renameSync(outfile, path);
  return pathToFileURL(path).href;
}
