/**
 * The store's thread for tests: bundled once a run, and kept for the next store. Node would read the twenty files of the engine, and strip
 * their types, at each start of the thread: with the start itself that is nearly all of what it takes to open a store, and tests open thousands.
 */
import { existsSync } from 'node:fs';
import { extname, join } from 'node:path';
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

/**
 * Has the link start the bundle, in a thread of `engine-threads.ts`. Throws `Error` where a link no longer starts its thread as this plugin
 * knows it.
 */
export async function bundledEngine(root: string): Promise<Plugin> {
  const bundles = new Map<string, string>();
  for (const { file, engine } of links) {
    const entry = join(root, file, '..', engine);
    if (existsSync(entry)) bundles.set(join(root, file), await bundled(root, entry));
  }
  return {
    name: 'gaiwan:bundled-engine',
    enforce: 'pre',
    transform(code, id) {
      const bundle = bundles.get(id);
      if (bundle === undefined) return undefined;
      const started = `new URL('./engine${extname(id)}', import.meta.url)`;
      for (const part of [started, IMPORTED])
        if (!code.includes(part)) throw new Error(`${id} does not say ${part} any more.`);
      const threads = join(root, 'scripts/test/engine-threads.ts');
      return {
        code: code
          .replace(started, `new URL(${JSON.stringify(bundle)})`)
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
