/** Two clean builds are the same bundle, byte for byte; one changed letter is another. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measureBundle, measureConfiguration } from '@gaiwan/enclave';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const folders: string[] = [];

/** A checkout without anything built, with the installed libraries. */
function cleanBuild(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-build-'));
  folders.push(folder);
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
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', 'packages/cli'], {
    cwd: folder,
  });
  cpSync(join(root, 'scripts'), join(folder, 'scripts'), { recursive: true });
  for (const script of ['copy-assets.mjs', 'bundle-runners.mjs', 'bundle-program.mjs'])
    execFileSync(process.execPath, [join(folder, 'scripts', script)]);
  return folder;
}

describe('the bundle', () => {
  let [first, second] = ['', ''];
  beforeAll(() => {
    first = cleanBuild();
    second = cleanBuild();
  });
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true });
  });
  const measure = (folder: string) => measureBundle(join(folder, 'packages/cli'));

  it('is the same from two clean builds, and from this one', async () => {
    const [a, b, here] = await Promise.all([measure(first), measure(second), measure(root)]);
    expect(a.list).toBe(b.list);
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
    for (const part of ['dist/bundles/wasm.mjs', 'dist/bundles/pyodide.mjs', 'python/cpython.py'])
      expect(a.list).toContain(`  @gaiwan/runners@0.1.0/${part}\n`);
    expect(a.list).toMatch(/ {2}pyodide@[^/]+\/python_stdlib\.zip$/m);
  });

  it('is another when a byte of a program changes', async () => {
    appendFileSync(join(second, 'packages/platform/dist/index.js'), ' ');
    expect((await measure(second)).digest).not.toBe((await measure(first)).digest);
  });

  it('cannot be measured when a part is missing', async () => {
    rmSync(join(second, 'node_modules/@gaiwan/store'));
    await expect(measure(second)).rejects.toMatchObject({ code: 'not-measurable' });
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
