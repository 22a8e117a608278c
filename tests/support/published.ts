/** What would be published, and installations of it in folders outside of the repository. */
import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** One package's archive. */
export interface Archive {
  readonly name: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly files: readonly string[];
}

interface Packed {
  readonly name: string;
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** The environment of somebody who has this Node, and nothing of whoever runs the tests. */
export const outside: Readonly<Record<string, string>> = {
  PATH: [dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
  HOME: process.env['HOME'] ?? '/',
};

/** npm also needs what says how the package registry is reached here. */
const ofNpm = { ...process.env, PATH: outside['PATH'] };

const manifestIn = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

/** Of each package that is not private. */
export function pack(folder: string): readonly Archive[] {
  mkdirSync(folder);
  const names = readdirSync(join(root, 'packages'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => manifestIn(join(root, 'packages', entry.name)))
    .filter((manifest) => manifest.private !== true)
    .map(({ name }) => name);
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const { status, stdout, stderr } = spawnSync('npm', [...args, ...names.flatMap((name) => ['-w', name])], {
    cwd: root,
    env: ofNpm,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(`npm pack: ${stderr}`);
  // A list, or in newer versions of npm an object by names.
  const packed = Object.values(JSON.parse(stdout) as Readonly<Record<string, Packed>>);
  return packed.map(({ name, filename, size, files }) => ({
    name,
    path: join(folder, filename),
    size,
    files: files.map(({ path }) => path),
  }));
}

/** Archives of a package and of those of ours that it depends on. */
export function closureOf(name: string, archives: readonly Archive[]): readonly Archive[] {
  const found = new Map<string, Archive>();
  const add = (one: string): void => {
    const archive = archives.find((candidate) => candidate.name === one);
    if (!archive || found.has(one)) return;
    found.set(one, archive);
    const { dependencies = {} } = manifestIn(join(root, 'node_modules', one));
    for (const dependency of Object.keys(dependencies)) add(dependency);
  };
  add(name);
  return [...found.values()];
}

/** Installs archives in a new folder; others come from the package registry. Returns why not, where that failed. */
export function installIn(folder: string, archives: readonly Archive[]): string | undefined {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  const args = [
    'install',
    '--prefer-offline',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--fetch-retries=1',
  ];
  const { status, stderr } = spawnSync('npm', [...args, ...archives.map(({ path }) => path)], {
    cwd: folder,
    env: ofNpm,
    encoding: 'utf8',
  });
  return status === 0 ? undefined : stderr;
}

/** Bytes of all files below. */
export function bytesIn(path: string): number {
  const stat = lstatSync(path);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path).reduce((sum, entry) => sum + bytesIn(join(path, entry)), 0);
}
