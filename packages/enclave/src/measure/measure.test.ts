import { createHash } from 'node:crypto';
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

  it('has the SHA-256 of a file of any length, as other tools have it', async () => {
    install();
    const piece = 1 << 18;
    const lengths = [0, 1, piece - 1, piece, piece + 1, 2 * piece, 2 * piece + 7];
    for (const length of lengths) write(`app/of-${length}`, 'x'.repeat(length));
    const { list } = await measureBundle(join(folder, 'app'));
    for (const length of lengths) {
      const digest = createHash('sha256').update('x'.repeat(length)).digest('hex');
      expect(list).toContain(`${digest}  app@1.0.0/of-${length}\n`);
    }
  });

  it('is in the order of the bytes of its names, as `LC_ALL=C sort` has it', async () => {
    install();
    // By UTF-16 the second of these comes first.
    for (const name of ['\uff5a', '\u{1f600}', 'z', 'Z', 'lib/a', 'lib-a', 'é']) write(`app/${name}`, '');
    const { list } = await measureBundle(join(folder, 'app'));
    const names = list
      .trimEnd()
      .split('\n')
      .map((line) => Buffer.from(line.slice(66)));
    expect(names).toEqual([...names].sort((a, b) => Buffer.compare(a, b)));
    expect(names.length).toBeGreaterThan(7);
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
    // Names of texts for people are not enough.
    ...['history', 'license', 'notice', 'readme', 'changes', 'authors'].flatMap((name) =>
      ['js', 'mjs', 'cjs', 'node', 'json', 'wasm'].map((end) => `${name}.${end}`),
    ),
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

  it('is another when a package gets another version of what it depends on', async () => {
    write('app/package.json', manifest('app', { a: '*', b: '*' }));
    write('app/node_modules/b/package.json', manifest('b', { a: '*' }));
    const versions = (own: string, below: string) => {
      const at = (version: string) => JSON.stringify({ name: 'a', version });
      write('app/node_modules/a/package.json', at(own));
      write('app/node_modules/a/index.js', own);
      write('app/node_modules/b/node_modules/a/package.json', at(below));
      write('app/node_modules/b/node_modules/a/index.js', below);
      return digest();
    };
    expect(await versions('1.0.0', '2.0.0')).not.toBe(await versions('2.0.0', '1.0.0'));
  });

  it('is another when what one asks for and what another asks for are exchanged', async () => {
    const swapped = async (x: string, y: string) => {
      write('app/package.json', manifest('app', { x: '*', y: '*' }));
      write('app/node_modules/x/package.json', manifest(x));
      write('app/node_modules/x/index.js', x);
      write('app/node_modules/y/package.json', manifest(y));
      write('app/node_modules/y/index.js', y);
      return digest();
    };
    expect(await swapped('x', 'y')).not.toBe(await swapped('y', 'x'));
  });

  it('has what lies where Node looks first, beside a file of the package', async () => {
    install();
    const before = await digest();
    write('app/lib/node_modules/a/index.js', 'evil');
    expect(await digest()).not.toBe(before);
  });

  it('has no names that could look like lines', async () => {
    install();
    write('app/a\n00  b@1/c.js', 'x');
    await expect(digest()).rejects.toMatchObject({ code: 'not-measurable' });
  });

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
  const plain = '--disable-sigusr1';
  it.each([
    [[], {}],
    [
      [
        '--no-warnings',
        '--max-old-space-size=4096',
        '--heap-growing-percent=40',
        '--v8-pool-size=1',
        '--enable-source-maps',
      ],
      {},
    ],
    [
      [],
      {
        NODE_OPTIONS: ' --max-old-space-size=8192  --no-warnings ',
        NODE_PATH: '',
        PATH: '/bin',
        NODE_ENV: 'x',
      },
    ],
  ])('that runs the program alone passes: %j %j', (execArgv, env) => {
    expect(() => requireMeasuredProcess({ execArgv: [plain, ...execArgv], env })).not.toThrow();
  });

  it.each([
    [['--import', './evil.mjs'], {}],
    [['--import=./evil.mjs'], {}],
    [['-r', './evil.cjs'], {}],
    [['--require=./evil.cjs'], {}],
    [['--experimental-loader', 'x'], {}],
    [['--experimental_loader=./evil.mjs'], {}],
    [['--inspect=0.0.0.0:9229'], {}],
    [['--inspect-brk'], {}],
    [['--env-file=x'], {}],
    [['--env_file=x'], {}],
    [['-e', 'evil()'], {}],
    [['--tls-keylog=FILE'], {}],
    [['--heapsnapshot-signal=SIGUSR2'], {}],
    [['--report-on-signal'], {}],
    [['--preserve-symlinks'], {}],
    [['--conditions=evil'], {}],
    [['--max-old-space-size=1 --require x'], {}],
    [['an option of tomorrow'], {}],
    [[], { NODE_OPTIONS: '--require ./evil.cjs' }],
    [[], { NODE_OPTIONS: '"--require" ./evil.cjs' }],
    [[], { NODE_OPTIONS: '--requir"e" ./evil.cjs' }],
    [[], { NODE_OPTIONS: '"-r" ./evil.cjs' }],
    [[], { NODE_OPTIONS: '--no-warnings --import=data:text/javascript,evil()' }],
    [[], { NODE_OPTIONS: '--no-warnings\n--tls-keylog=x' }],
    [[], { NODE_PATH: '/evil' }],
    [[], { OPENSSL_CONF: '/evil.cnf' }],
    [[], { LD_PRELOAD: '/evil.so' }],
    [[], { NODE_V8_COVERAGE: '/tmp' }],
    [[], { NODE_COMPILE_CACHE: '/evil' }],
    [[], { NODE_DEBUG: 'https' }],
    [[], { NODE_TLS_REJECT_UNAUTHORIZED: '0' }],
    [[], { LD_LIBRARY_PATH: '/evil' }],
    [[], { GCONV_PATH: '/evil' }],
  ])('that was given more is refused: %j %j', (execArgv, env) => {
    expect(() => requireMeasuredProcess({ execArgv: [plain, ...execArgv], env })).toThrow(
      expect.objectContaining({ code: 'unmeasured-code' }),
    );
  });

  it('that a signal would open to a debugger is refused', () => {
    expect(() => requireMeasuredProcess({ execArgv: [], env: {} })).toThrow(
      expect.objectContaining({ code: 'unmeasured-code' }),
    );
  });
});
