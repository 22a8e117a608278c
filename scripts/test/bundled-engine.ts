/**
 * The store's thread for tests: bundled once a run, and kept for the next store. Node would read the twenty files of the engine, and strip
 * their types, at each start of the thread: with the start itself that is nearly all of what it takes to open a store, and tests open thousands.
 */
import { join } from 'node:path';
import type { Plugin as BundlePlugin } from 'esbuild';
import type { Plugin } from 'vitest/config';
import { bundleOf } from './bundle-of.ts';
import { ENGINES } from './engine-threads.ts';

/** From source, as the store's own tests have it, and built, as all others have it. */
const links = [
  { file: 'packages/store/src/embedded/link.ts', engine: 'engine.ts' },
  { file: 'packages/store/dist/embedded/link.js', engine: 'engine.js' },
] as const;
const IMPORTED = "import { Worker } from 'node:worker_threads'";

/** Has the link start the bundle, in a thread of `engine-threads.ts`. Throws `Error` where it no longer starts one as this plugin knows it. */
export function bundledEngine(root: string): Plugin {
  const bundles = new Map<string, Promise<string>>();
  return {
    name: 'gaiwan:bundled-engine',
    enforce: 'pre',
    async transform(code, id) {
      const link = links.find(({ file }) => id === join(root, file));
      if (!link) return undefined;
      const started = `new URL('./${link.engine}', import.meta.url)`;
      for (const part of [started, IMPORTED])
        if (!code.includes(part)) throw new Error(`${link.file} does not say ${part} any more.`);
      const bundle = bundles.get(id) ?? bundled(root, join(root, link.file, '..', link.engine));
      bundles.set(id, bundle);
      const threads = join(root, 'scripts/test/engine-threads.ts');
      return {
        code: code
          .replace(started, `new URL(${JSON.stringify(await bundle)})`)
          .replace(IMPORTED, `import { Worker } from ${JSON.stringify(threads)}`),
        map: null,
      };
    },
  };
}

/** A thread has had other engines before: what it is started with is told by the name under which it was imported. */
const startedWith: BundlePlugin = {
  name: 'started-with',
  setup(builder) {
    builder.onResolve({ filter: /^node:worker_threads$/ }, ({ path }) => ({
      path,
      namespace: 'started-with',
    }));
    builder.onLoad({ filter: /^/, namespace: 'started-with' }, () => ({
      contents: `export const { parentPort, workerData } = globalThis.${ENGINES}.get(new URL(import.meta.url).search.slice(1));`,
    }));
  },
};

async function bundled(root: string, engine: string): Promise<string> {
  const name = engine.endsWith('.ts') ? 'engine.mjs' : 'engine-built.mjs';
  return bundleOf({ root, entry: engine, name, plugins: [startedWith] });
}
