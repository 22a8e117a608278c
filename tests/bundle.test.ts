/** What `gaiwan` runs: packages/cli/bundle, made by scripts/bundle-program.mjs. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { BuiltinExecutor } from '@gaiwan/executors';
import { builtins, type CataloguedFunction } from '@gaiwan/functions';
import { expect, it, onTestFinished } from 'vitest';

const bundle = fileURLToPath(new URL('../packages/cli/bundle/', import.meta.url));
const files = readdirSync(bundle).filter((name) => name.endsWith('.js'));
const texts = new Map(files.map((name) => [name, readFileSync(join(bundle, name), 'utf8')]));

it('has no module twice, so that none has its state twice in a process', () => {
  // In one file a name may stand above the imports and above the code.
  const modules = [...texts.values()].flatMap((text) => [
    ...new Set([...text.matchAll(/^\/\/ (node_modules\/.+)$/gm)].map(([, path = '']) => path)),
  ]);
  expect(modules).toContain('node_modules/@gaiwan/platform/dist/compose/worker-main.js');
  expect(modules).toContain('node_modules/@gaiwan/protocol/dist/manifest.js');
  expect(modules.filter((path, index) => modules.indexOf(path) !== index)).toEqual([]);
  // By the name of the installed package alone: by the folder of the checkout it would be another module.
  for (const [name, text] of texts) expect(text, name).not.toMatch(/^\/\/ packages\//m);
});

it('says nothing of the folder that it was built in, and keeps the names of functions for stack traces', () => {
  const root = fileURLToPath(new URL('..', import.meta.url));
  for (const [name, text] of texts) expect(text.includes(root), name).toBe(false);
  expect([...texts.values()].join('')).toMatch(/^async function measureBundle\(/m);
});

it('runs a built-in function in its own thread, with assets of its own', async () => {
  const name = files.find((file) =>
    /^ {2}BuiltinExecutor,?$/m.test(texts.get(file)?.split('export {').at(-1) ?? ''),
  );
  // What it exports is the executor of the packages, whose types these are.
  const { BuiltinExecutor: Bundled } = (await import(pathToFileURL(join(bundle, name ?? '')).href)) as {
    readonly BuiltinExecutor: typeof BuiltinExecutor;
  };
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-bundle-'));
  const executor = new Bundled({ slots: 1 });
  onTestFinished(async () => {
    await executor.close();
    rmSync(folder, { recursive: true });
  });
  const { entry } = builtins.get('builtin-face-detection') as CataloguedFunction;
  const { returnValue } = await executor.run({
    functionName: 'builtin-face-detection',
    executorType: 'builtin',
    executor: 'builtin',
    arguments: JSON.stringify(entry.example.arguments),
    payload: new Uint8Array(),
    inputs: {},
    outputs: [],
    limits: {
      timeMs: 200_000,
      cpuMs: 30_000,
      memoryMiB: 1024,
      outputBytes: 1 << 20,
      logBytes: 100,
      files: 10,
    },
    folder,
  });
  expect(Buffer.from(returnValue).toString()).toBe('[]');
});
