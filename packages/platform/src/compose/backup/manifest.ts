/** The list of a backup's files, `backup.json`: written last, so that a backup without it was cut off. */
import { isPart } from './parts.ts';

export const MANIFEST = 'backup.json';
const FORMAT = 'gaiwan-backup/1';

export interface BackedUpFile {
  /** Relative, with `/`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

export interface BackupManifest {
  readonly format: typeof FORMAT;
  /** ISO 8601. */
  readonly made: string;
  /** Sorted by path. */
  readonly files: readonly BackedUpFile[];
}

export const backupManifest = (made: Date, files: readonly BackedUpFile[]): BackupManifest => ({
  format: FORMAT,
  made: made.toISOString(),
  files: files.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
});

/** Undefined for what is none: another format or form, or a path that no backup has. */
export function parseBackupManifest(text: string): BackupManifest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!hasFields(value, ['format', 'made', 'files'])) return undefined;
  const { format, made, files } = value;
  if (format !== FORMAT || typeof made !== 'string' || !Array.isArray(files)) return undefined;
  const found = files.flatMap((file: unknown) => (isFile(file) ? [file] : []));
  const unique = new Set(found.map(({ path }) => path)).size === files.length;
  return unique && found.length === files.length ? { format, made, files: found } : undefined;
}

function isFile(value: unknown): value is BackedUpFile {
  if (!hasFields(value, ['path', 'size', 'sha256'])) return false;
  const { path, size, sha256 } = value;
  return (
    typeof path === 'string' &&
    isPart(path) &&
    Number.isSafeInteger(size) &&
    Number(size) >= 0 &&
    typeof sha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(sha256)
  );
}

/** Those and no others. */
function hasFields<Name extends string>(
  value: unknown,
  names: readonly Name[],
): value is Readonly<Record<Name, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const own = Object.keys(value);
  return own.length === names.length && names.every((name) => Object.hasOwn(value, name));
}
