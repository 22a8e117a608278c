/**
 * The measurement of a program that is JavaScript: every file of the package and of all packages that it depends on, but for
 * those that no program is made of (texts for people, types, maps, TypeScript beside its compiled form), each by its SHA-256. The list has the form of sha256sum, so that anybody can check it with
 * tools that they have; the digest of the list is the measurement.
 */
import { createHash, hash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, readSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemCode } from '@gaiwan/errors';
import { MeasureError } from './error.ts';

/** A program, as measured. */
export interface Bundle {
  /** SHA-256 of the list, hexadecimal. */
  readonly digest: string;
  /** Lines "SHA-256, two blanks, name@version/path", sorted by bytes, each ended by LF. */
  readonly list: string;
}

/**
 * What cannot run and is not read by what runs. Everything else counts, whatever its name: Node runs a file without an
 * extension, and an addon loads libraries. Sources, tests and settings of the compiler are in a checkout alone.
 */
const NOT_MEASURED =
  /(\.(ts|mts|cts|tsx|map|md|markdown|tsbuildinfo|flow|proto)|^(licen[cs]e|readme|changelog|changes|history|authors|notice|contributing)(\.txt)?|^tsconfig.*\.json)$/i;
/** Bytes of a file that are held at once: a program may have files of many megabytes. */
const PIECE = 1 << 18;

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

interface Package {
  /** name@version */
  readonly id: string;
  readonly folder: string;
  /** What it asks for, and the folder of what it gets. */
  readonly dependencies: readonly (readonly [name: string, folder: string])[];
}

function manifestOf(folder: string): Manifest {
  try {
    // Any: the package manager has read it before, and a name that is none is found nowhere.
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  } catch (cause) {
    throw new MeasureError(
      'not-measurable',
      `${folder} has no readable package.json: is the installation complete?`,
      { cause },
    );
  }
}

/** What is there and cannot be read is not to be passed over for another of its name. */
function realpathIfThere(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    return undefined;
  }
}

/** As Node looks for packages: in the folder's node_modules, then further up. */
function findPackage(name: string, from: string): string | undefined {
  for (let folder = from, up = ''; folder !== up; folder = dirname(folder)) {
    const found = realpathIfThere(join(folder, 'node_modules', name));
    if (found !== undefined) return found;
    up = dirname(folder) === folder ? folder : '';
  }
  return undefined;
}

/** A package and everything below it, each folder once. */
function packagesOf(entry: string): Package[] {
  const found = new Map<string, Package>();
  const waiting = [realpathSync.native(entry)];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    if (found.has(folder)) continue;
    const manifest = manifestOf(folder);
    const { name = '', version = '', dependencies = {}, optionalDependencies = {} } = manifest;
    const id = `${name}@${version}`;
    const resolved: (readonly [name: string, folder: string])[] = [];
    found.set(folder, { id, folder, dependencies: resolved });
    for (const dependency of Object.keys({
      ...dependencies,
      ...optionalDependencies,
      ...manifest.peerDependencies,
    })) {
      const at = findPackage(dependency, folder);
      if (at !== undefined) resolved.push([dependency, at]);
      else if (dependency in dependencies && !(dependency in optionalDependencies))
        throw new MeasureError(
          'not-measurable',
          `${dependency}, which ${id} needs, is not installed: install again.`,
        );
    }
    waiting.push(...resolved.map(([, at]) => at));
  }
  return [...found.values()];
}

/** Their paths in the package's folder. `below`: of one of its folders, with a slash behind it. */
function filesOf(folder: string, below = ''): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(`${folder}/${below}`, { withFileTypes: true })) {
    const path = below + entry.name;
    // A line feed in a name could look like another line of the list.
    if (/[\p{Cc}\\]/u.test(entry.name))
      throw new MeasureError(
        'not-measurable',
        `${JSON.stringify(join(folder, path))} has a name that cannot stand in the list: rename or remove it.`,
      );
    // Packages have lines of their own. Deeper down Node looks into such a folder first, and it counts like any other.
    if (path === 'node_modules') continue;
    if (entry.isDirectory()) found.push(...filesOf(folder, `${path}/`));
    else if (entry.isSymbolicLink())
      throw new MeasureError('not-measurable', `${join(folder, path)} is a link: a bundle has files only.`);
    else if (!NOT_MEASURED.test(entry.name)) found.push(path);
  }
  return found;
}

/** Bytes of the file that are in the piece now: less than it holds only at the file's end. */
function fill(piece: Uint8Array, file: number): number {
  let filled = 0;
  while (filled < PIECE) {
    const bytesRead = readSync(file, piece, filled, PIECE - filled, null);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

/** Not asynchronous: a program has thousands of small files, and for each the way to another thread and back takes longer than the reading. */
function sha256(path: string, piece: Uint8Array): string {
  const file = openSync(path, 'r');
  try {
    let filled = fill(piece, file);
    // Most files are less than one piece, for which this call takes half as long.
    if (filled < PIECE) return hash('sha256', piece.subarray(0, filled), 'hex');
    const digest = createHash('sha256');
    for (; filled > 0; filled = fill(piece, file)) digest.update(piece.subarray(0, filled));
    return digest.digest('hex');
  } finally {
    closeSync(file);
  }
}

const linesOf = ({ id, folder }: Package, piece: Uint8Array): string[] =>
  filesOf(folder).map((path) => `${sha256(`${folder}/${path}`, piece)}  ${id}/${path}\n`);

/** By the bytes of what follows the digest. Each line is converted once, so that comparisons are of plain strings. */
function sortedByName(lines: Iterable<string>): string[] {
  const keyed = Array.from(lines, (line) => ({ line, key: Buffer.from(line.slice(66)).toString('latin1') }));
  keyed.sort((a, b) => (a.key < b.key || (a.key === b.key && a.line < b.line) ? -1 : 1));
  return keyed.map(({ line }) => line);
}

/**
 * Which package and version a package gets for each name that it depends on: another one is another program. The line has the form of the
 * others; its digest is that of the sorted lines "name name@version\n", and its path the folder in which Node looks for them.
 */
function resolutionOf({ id, dependencies }: Package, idOf: (folder: string) => string): string[] {
  if (dependencies.length === 0) return [];
  const names = dependencies.map(([name, folder]) => `${name} ${idOf(folder)}\n`).sort();
  return [`${createHash('sha256').update(names.join('')).digest('hex')}  ${id}/node_modules\n`];
}

/**
 * Measures an installed package with all it depends on.
 *
 * @param entry folder of the package
 * @throws {MeasureError} also where a package is installed twice in the
 * same version and the copies differ: the list could not say which of them runs.
 */
export async function measureBundle(entry: string): Promise<Bundle> {
  const packages = packagesOf(entry);
  const ids = new Map(packages.map(({ folder, id }) => [folder, id]));
  const files = new Map<string, string>();
  const lines = new Set<string>();
  const piece = Buffer.allocUnsafeSlow(PIECE);
  for (const one of packages) {
    const own = sortedByName(linesOf(one, piece));
    const text = own.join('');
    const other = files.get(one.id);
    if (other !== undefined && other !== text)
      throw new MeasureError(
        'not-measurable',
        `${one.id} is installed twice, and ${one.folder} differs from the other copy: install again.`,
      );
    files.set(one.id, text);
    for (const line of own) lines.add(line);
    for (const line of resolutionOf(one, (folder) => ids.get(folder) ?? '')) lines.add(line);
  }
  const list = sortedByName(lines).join('');
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
