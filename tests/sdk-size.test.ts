import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** What `npm install @gaiwan/client` may bring, in bytes. */
const MOST = 12_000_000;
/** Kernels, what runs inside a TEE, and what untrusted code runs in: a party needs none of them. */
const UNWANTED = [
  '@gaiwan/enclave',
  '@gaiwan/functions',
  '@gaiwan/executors',
  'onnxruntime-web',
  '@vladmandic/face-api',
];

const packages = realpathSync(fileURLToPath(new URL('../packages/', import.meta.url)));

interface Manifest {
  readonly name: string;
  readonly files?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

const manifestOf = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

/** As Node looks for packages: in the folder's node_modules, then further up. */
function find(name: string, from: string): string | undefined {
  const path = join(from, 'node_modules', name);
  if (existsSync(path)) return realpathSync(path);
  return dirname(from) === from ? undefined : find(name, dirname(from));
}

/** What npm would install with a package, by name: its folder. Optional dependencies as far as they are here. */
function closureOf(folder: string, found = new Map<string, string>()): ReadonlyMap<string, string> {
  const { name, dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } =
    manifestOf(folder);
  if (found.get(name) === folder) return found;
  found.set(found.has(name) ? `${name} (${folder})` : name, folder);
  const wanted = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
  for (const dependency of wanted) {
    const at = find(dependency, folder);
    const dispensable = optionalDependencies?.[dependency] ?? peerDependenciesMeta?.[dependency]?.optional;
    if (at !== undefined) closureOf(at, found);
    else if (!dispensable) throw new Error(`${dependency}, which ${name} needs, is not installed`);
  }
  return found;
}

function sizeOf(path: string): number {
  const stat = lstatSync(path);
  if (!stat.isDirectory()) return stat.size;
  return (
    readdirSync(path)
      // Packages below are counted by themselves.
      .filter((entry) => entry !== 'node_modules')
      .reduce((sum, entry) => sum + sizeOf(join(path, entry)), 0)
  );
}

/** Of ours only what is published, with tests and records of the build, which are not; of others all that they have brought. */
function installedSize(folder: string): number {
  if (!folder.startsWith(packages)) return sizeOf(folder);
  const { files = [] } = manifestOf(folder);
  const published = files.filter((entry) => !entry.startsWith('!'));
  return ['package.json', ...published].reduce((sum, entry) => sum + sizeOf(join(folder, entry)), 0);
}

const closure = closureOf(join(packages, 'client'));

it('the SDK brings neither kernels nor what runs inside a TEE', () => {
  expect([...closure.keys()]).toEqual(
    expect.arrayContaining(['@gaiwan/trust', '@gaiwan/attestation', '@bufbuild/protobuf']),
  );
  expect(UNWANTED.filter((name) => closure.has(name))).toEqual([]);
});

it('the SDK with all that it depends on has 12 MB at most', () => {
  const sizes = [...closure].map(([name, folder]) => [name, installedSize(folder)] as const);
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  const list = sizes
    .sort(([, a], [, b]) => b - a)
    .map(([name, size]) => `${(size / 1e6).toFixed(2)} MB ${name}`)
    .join('\n');
  expect(total, list).toBeLessThanOrEqual(MOST);
  expect(total).toBeGreaterThan(1_000_000);
});
