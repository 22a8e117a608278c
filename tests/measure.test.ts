/** A clean build elsewhere is the same bundle as this one, byte for byte; one changed letter is another. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measureBundle, measureConfiguration } from '@gaiwan/enclave';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A checkout without anything built, with the installed libraries. */
function cleanBuild(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-build-'));
  for (const file of ['tsconfig.json', 'tsconfig.base.json']) cpSync(join(root, file), join(folder, file));
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '@gaiwan'), { recursive: true });
  for (const name of readdirSync(join(root, 'packages'))) {
    const skip = new Set(
      ['dist', 'bundle', 'node_modules'].map((what) => join(root, 'packages', name, what)),
    );
    cpSync(join(root, 'packages', name), join(folder, 'packages', name), {
      recursive: true,
      filter: (path) => !skip.has(path),
    });
    symlinkSync(join(folder, 'packages', name), join(modules, '@gaiwan', name));
  }
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name !== '@gaiwan' && !name.startsWith('.'))
      symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  // Of what the build keeps, the files that it would fetch anew.
  const kept = '.cache/gaiwan/onnxruntime-web@1.30.0';
  mkdirSync(join(modules, '.cache/gaiwan'), { recursive: true });
  symlinkSync(join(root, 'node_modules', kept), join(modules, kept));
  // Types change nothing in what is emitted.
  const compile = [join(root, 'node_modules/typescript/bin/tsc'), '-b', '--noCheck', 'packages/cli'];
  execFileSync(process.execPath, compile, { cwd: folder });
  for (const name of ['scripts', 'examples/three-banks'])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  for (const script of ['copy-assets.mjs', 'bundle-runners.mjs', 'bundle-program.mjs'])
    execFileSync(process.execPath, [join(folder, 'scripts', script)]);
  return folder;
}

describe('the bundle', () => {
  let built = '';
  beforeAll(() => {
    built = cleanBuild();
  });
  afterAll(() => rmSync(built, { recursive: true }));
  const measure = (folder: string) => measureBundle(join(folder, 'packages/cli'));

  it('is the same from a clean build as from this one', async () => {
    const [a, here] = await Promise.all([measure(built), measure(root)]);
    expect(a.list).toBe(here.list);
    expect(a.digest).toBe(here.digest);
    expect(a.list).toMatch(/^[0-9a-f]{64} {2}@gaiwan\/platform@[^/]+\/dist\/index\.js$/m);
    expect(a.list).toMatch(/^[0-9a-f]{64} {2}@gaiwan\/cli@[^/]+\/bin\/gaiwan\.js$/m);
    expect(a.list).toMatch(/cedar-wasm@.*\.wasm$/m);
    // What `gaiwan` runs.
    for (const part of ['main', 'worker-main', 'thread', 'engine'])
      expect(a.list).toContain(`  @gaiwan/cli@0.1.0/bundle/${part}.js\n`);
    expect(a.list).toContain('  @gaiwan/cli@0.1.0/bundle/assets/ort-wasm-simd-threaded.mjs\n');
    // Of these packages only the assets are taken.
    expect(a.list).not.toMatch(/onnxruntime-web@|face-api@/);
    // What runs in sandboxes.
    for (const part of [
      'dist/bundles/wasm.mjs',
      'dist/bundles/pyodide.mjs',
      'dist/bundles/python_stdlib.zip',
      'python/cpython.py',
    ])
      expect(a.list).toContain(`  @gaiwan/runners@0.1.0/${part}\n`);
    expect(a.list).toMatch(/ {2}pyodide@[^/]+\/python_stdlib\.zip$/m);
  });

  it('is another when a byte of a program changes', async () => {
    const { digest } = await measure(built);
    appendFileSync(join(built, 'packages/platform/dist/index.js'), ' ');
    expect((await measure(built)).digest).not.toBe(digest);
  });

  it('cannot be measured when a part is missing', async () => {
    rmSync(join(built, 'node_modules/@gaiwan/store'));
    await expect(measure(built)).rejects.toMatchObject({ code: 'not-measurable' });
  });
});

describe('a configuration', () => {
  it('is measured by what it says, not by how it is written', () => {
    const digest = measureConfiguration({ allowUrls: ['https://a'], limits: { wall: 1, memory: 2 } });
    expect(
      measureConfiguration({ limits: { memory: 2, wall: 1 }, allowUrls: ['https://a'], more: undefined }),
    ).toBe(digest);
    expect(measureConfiguration({ limits: { memory: 2, wall: 1 }, allowUrls: ['https://b'] })).not.toBe(
      digest,
    );
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
  });
});
