/**
 * The thread of the built-in executor for tests of it: bundled once a run. Node would strip the types of its files at each start of a
 * thread, and tests end many.
 */
import { join } from 'node:path';
import type { Plugin } from 'vitest/config';
import { bundleOf } from './bundle-of.ts';

const POOL = 'packages/executors/src/builtin/pool.ts';
// biome-ignore lint/suspicious/noTemplateCurlyInString: it is text of the pool
const STARTED = 'new URL(`./thread${extname(import.meta.url)}`, import.meta.url)';

/** Has the pool start the bundle. Throws `Error` where it no longer starts a thread as this plugin knows it. */
export async function bundledThread(root: string): Promise<Plugin> {
  const entry = join(root, POOL, '../thread.ts');
  const bundle = await bundleOf({ root, entry, name: 'builtin-thread.mjs' });
  return {
    name: 'gaiwan:bundled-thread',
    enforce: 'pre',
    transform(code, id) {
      if (id !== join(root, POOL)) return undefined;
      if (!code.includes(STARTED)) throw new Error(`${POOL} does not say ${STARTED} any more.`);
      return { code: code.replace(STARTED, `new URL(${JSON.stringify(bundle)})`), map: null };
    },
  };
}
