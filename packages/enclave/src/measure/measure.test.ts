import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { measureBundle, requireMeasuredProcess } from './index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-measure-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (path: string, text: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};
const manifest = (name: string, dependencies: Record<string, string> = {}, more = {}) =>
  JSON.stringify({ name, version: '1.0.0', dependencies, ...more });
const digest = async () => (await measureBundle(join(folder, 'app'))).digest;

/** An app with a library of its own, and another library that has the same one beneath. */
function install(): void {
  write('app/package.json', manifest('app', { a: '1', b: '1' }));
  write('app/main.js', 'import "a"; import "b";');
  write('app/node_modules/a/package.json', manifest('a'));
  write('app/node_modules/a/index.js', 'good');
  write('app/node_modules/b/package.json', manifest('b', { a: '1' }));
  write('app/node_modules/b/node_modules/a/package.json', manifest('a'));
  write('app/node_modules/b/node_modules/a/index.js', 'good');
}

describe('a bundle', () => {
  it('lists a package that is installed twice once', async () => {
    install();
    const { list } = await measureBundle(join(folder, 'app'));
    expect(list.match(/a@1\.0\.0\/index\.js$/gm)).toHaveLength(1);
    expect(list.split('\n')).toContainEqual(expect.stringMatching(/^[0-9a-f]{64} {2}app@1\.0\.0\/main\.js$/));
  });

  it.each(['app/node_modules/a', 'app/node_modules/b/node_modules/a'])(
    'is refused when one of two copies was changed: %s',
    async (copy) => {
      install();
      write(`${copy}/index.js`, 'evil');
      await expect(digest()).rejects.toMatchObject({
        code: 'not-measurable',
        message: expect.stringContaining('a@1.0.0 is installed twice'),
      });
    },
  );

  it.each([
    'run', // Node runs files without an extension
    'lib/native.so',
    'lib/native.so.1',
    'addon.node',
    'model.onnx',
    '.hidden.js',
    'dist/deep/er.cjs',
    'data.txt',
  ])('is another with another %s', async (file) => {
    install();
    write(`app/node_modules/a/${file}`, 'one');
    write(`app/node_modules/b/node_modules/a/${file}`, 'one');
    const before = await digest();
    write(`app/node_modules/a/${file}`, 'two');
    write(`app/node_modules/b/node_modules/a/${file}`, 'two');
    expect(await digest()).not.toBe(before);
  });

  it.each(['README.md', 'index.d.ts', 'index.js.map', 'LICENSE', 'CHANGELOG.md', 'src/index.ts'])(
    'is the same with another %s',
    async (file) => {
      install();
      const before = await digest();
      write(`app/${file}`, 'text');
      expect(await digest()).toBe(before);
    },
  );

  it('has what a package asks its user to install', async () => {
    install();
    write('app/node_modules/b/package.json', manifest('b', {}, { peerDependencies: { c: '1' } }));
    write('app/node_modules/c/package.json', manifest('c'));
    write('app/node_modules/c/index.js', 'one');
    const before = await digest();
    write('app/node_modules/c/index.js', 'two');
    expect(await digest()).not.toBe(before);
  });

  it('has no links, and no missing parts', async () => {
    install();
    symlinkSync('/etc/passwd', join(folder, 'app/link.js'));
    await expect(digest()).rejects.toMatchObject({ code: 'not-measurable' });
    rmSync(join(folder, 'app/link.js'));
    rmSync(join(folder, 'app/node_modules/b'), { recursive: true });
    await expect(digest()).rejects.toMatchObject({ code: 'not-measurable' });
  });
});

describe('a process', () => {
  it.each([
    [[], {}],
    [['--no-warnings', '--max-old-space-size=4096', '--enable-source-maps'], {}],
    [[], { NODE_OPTIONS: '--max-old-space-size=8192 --no-warnings' }],
  ])('that runs the program alone passes: %j %j', (execArgv, env) => {
    expect(() => requireMeasuredProcess({ execArgv, env })).not.toThrow();
  });

  it.each([
    [['--import', './evil.mjs'], {}],
    [['--import=./evil.mjs'], {}],
    [['-r', './evil.cjs'], {}],
    [['--require=./evil.cjs'], {}],
    [['--experimental-loader', 'x'], {}],
    [['--inspect=0.0.0.0:9229'], {}],
    [['--inspect-brk'], {}],
    [['--env-file=x'], {}],
    [['-e', 'evil()'], {}],
    [[], { NODE_OPTIONS: '--require ./evil.cjs' }],
    [[], { NODE_OPTIONS: '--no-warnings --import=data:text/javascript,evil()' }],
  ])('that was given more is refused: %j %j', (execArgv, env) => {
    expect(() => requireMeasuredProcess({ execArgv, env })).toThrow(
      expect.objectContaining({ code: 'unmeasured-code' }),
    );
  });
});
