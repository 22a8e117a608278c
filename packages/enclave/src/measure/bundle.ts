/**
 * The measurement of a program that is JavaScript: every file that can be executed or decides what is, of the package and of
 * all packages that it depends on, each by its SHA-256. The list has the form of sha256sum, so that anybody can check it with
 * tools that they have; the digest of the list is the measurement.
 */
import { createHash, hash } from 'node:crypto';
import { readdir, readFile, realpath } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';

export class MeasureError extends Error {
  override readonly name = 'MeasureError';
  readonly code = 'not-measurable';
}

export interface Bundle {
  /** SHA-256 of the list, hexadecimal. */
  readonly digest: string;
  /** Lines "SHA-256, two blanks, name@version/path", sorted by bytes, each ended by LF. */
  readonly list: string;
}

/** What runs, or says what runs. Types, maps and texts for people do not. */
const MEASURED = /\.(js|mjs|cjs|json|wasm|node|py|zip|cedar|cedarschema)$/;
/** Settings of the compiler are in a checkout, not in an installation. */
const NOT_MEASURED = /^tsconfig.*\.json$/;
const AT_ONCE = 64;

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

async function manifestOf(folder: string): Promise<Manifest> {
  try {
    return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
  } catch (cause) {
    throw new MeasureError(`${folder} has no readable package.json: is the installation complete?`, {
      cause,
    });
  }
}

/** As Node looks for packages: in the folder's node_modules, then further up. */
async function find(name: string, from: string): Promise<string | undefined> {
  for (let folder = from, up = ''; folder !== up; folder = dirname(folder)) {
    const found = await realpath(join(folder, 'node_modules', name)).catch(() => undefined);
    if (found !== undefined) return found;
    up = dirname(folder) === folder ? folder : '';
  }
  return undefined;
}

/** Folders of a package and of everything below it, by name and version. */
async function packagesOf(entry: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const waiting = [await realpath(entry)];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const {
      name = '',
      version = '',
      dependencies = {},
      optionalDependencies = {},
    } = await manifestOf(folder);
    const id = `${name}@${version}`;
    if (found.has(id)) continue;
    found.set(id, folder);
    for (const dependency of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const at = await find(dependency, folder);
      if (at !== undefined) waiting.push(at);
      else if (dependency in dependencies && !(dependency in optionalDependencies))
        throw new MeasureError(`${dependency}, which ${id} needs, is not installed: install again.`);
    }
  }
  return found;
}

async function filesOf(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules') continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await filesOf(path)));
    else if (entry.isSymbolicLink()) throw new MeasureError(`${path} is a link: a bundle has files only.`);
    else if (MEASURED.test(entry.name) && !NOT_MEASURED.test(entry.name)) found.push(path);
  }
  return found;
}

const sha256 = async (path: string): Promise<string> => hash('sha256', await readFile(path));

/** Measures an installed package with all it depends on. Rejects with `MeasureError`. */
export async function measureBundle(entry: string): Promise<Bundle> {
  const files: (readonly [name: string, path: string])[] = [];
  for (const [id, folder] of await packagesOf(entry)) {
    for (const path of await filesOf(folder)) {
      files.push([`${id}/${relative(folder, path).split(sep).join('/')}`, path]);
    }
  }
  files.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const lines: string[] = [];
  for (let at = 0; at < files.length; at += AT_ONCE) {
    const some = files.slice(at, at + AT_ONCE);
    lines.push(...(await Promise.all(some.map(async ([name, path]) => `${await sha256(path)}  ${name}\n`))));
  }
  const list = lines.join('');
  return { digest: createHash('sha256').update(list).digest('hex'), list };
}

/** SHA-256 of a configuration in canonical JSON (names sorted, no blanks), hexadecimal. */
export function measureConfiguration(configuration: unknown): string {
  return createHash('sha256').update(canonical(configuration)).digest('hex');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`);
  return `{${members.join(',')}}`;
}
