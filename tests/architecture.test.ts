import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** The plan of the house (docs/architecture.md): what each package may import of ours. */
const allowed: Record<string, readonly string[]> = {
  errors: [],
  protocol: ['errors'],
  files: ['errors'],
  attestation: [],
  enclave: ['attestation'],
  store: ['errors'],
  functions: [],
  executors: ['functions', 'files'],
  platform: ['errors', 'protocol', 'files', 'attestation', 'enclave', 'store', 'functions', 'executors'],
  client: ['errors', 'protocol', 'files', 'attestation', 'enclave', 'functions'],
  cli: [
    'errors',
    'protocol',
    'files',
    'attestation',
    'enclave',
    'functions',
    'executors',
    'platform',
    'client',
  ],
};

const packages = new URL('../packages/', import.meta.url);

function imports(folder: URL): { file: string; specifier: string }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('gen/') && !file.endsWith('.test.ts'))
    .flatMap((file) =>
      [...readFileSync(new URL(file, folder), 'utf8').matchAll(/(?:from|import\(|import) *'([^']+)'/g)].map(
        ([, specifier]) => ({ file, specifier: specifier as string }),
      ),
    );
}

describe('packages import only from below', () => {
  it('knows every package', () => {
    expect(readdirSync(packages).sort()).toEqual(Object.keys(allowed).sort());
  });

  it.each(Object.keys(allowed))('%s', (name) => {
    const found = imports(new URL(`${name}/src/`, packages));
    expect(found.length).toBeGreaterThan(0);
    const wrong = found.filter(({ specifier }) => {
      const ours = /^@gaiwan\/(\w+)/.exec(specifier)?.[1];
      return ours !== undefined && ours !== name && !allowed[name]?.includes(ours);
    });
    expect(wrong).toEqual([]);
  });

  it('declares in package.json and as project references exactly what it may import', () => {
    for (const [name, below] of Object.entries(allowed)) {
      const manifest = JSON.parse(readFileSync(new URL(`${name}/package.json`, packages), 'utf8')) as {
        dependencies?: Record<string, string>;
      };
      const declared = Object.keys(manifest.dependencies ?? {}).flatMap(
        (key) => /^@gaiwan\/(\w+)/.exec(key)?.[1] ?? [],
      );
      for (const dependency of declared) expect(below, `${name}/package.json`).toContain(dependency);
    }
  });
});

describe('cores without I/O', () => {
  const io = /^node:(fs|net|http|http2|https|tls|dns|child_process|worker_threads|sqlite)/;
  const found = (folder: string) =>
    imports(new URL(folder, packages)).filter(({ specifier }) => io.test(specifier));

  it('the domain', () => expect(found('platform/src/domain/')).toEqual([]));

  it('the built-in functions, but for reading what their packages ship, pinned by its hash', () => {
    expect(found('functions/src/')).toEqual([{ file: 'assets.ts', specifier: 'node:fs/promises' }]);
  });

  it('attestation: no clock and no network but in its sources, no Node but in its engine', () => {
    const found = imports(new URL('attestation/src/', packages)).filter(
      ({ file, specifier }) =>
        !file.startsWith('sources/') && specifier.startsWith('node:') && !/^crypto\/node\.ts$/.test(file),
    );
    // Types of WebCrypto, erased.
    expect(found.filter(({ specifier }) => specifier !== 'node:crypto')).toEqual([]);
    const clocks = readdirSync(new URL('attestation/src/', packages), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith('sources/'))
      .filter((file) =>
        /Date\.now\(|new Date\(\)|\bfetch\(/.test(
          readFileSync(new URL(`attestation/src/${file}`, packages), 'utf8'),
        ),
      );
    expect(clocks).toEqual([]);
  });
});
