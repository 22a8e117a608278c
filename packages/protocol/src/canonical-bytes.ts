/** Values whose bytes are hashed: written in one way only, and read only when they were written in that way. */
import { canonicalJson } from './canonical-json.ts';
import type { Read } from './form.ts';
import { limits } from './limits.ts';
import { ManifestError } from './manifest-error.ts';

const requireSize = (bytes: number): void => {
  const most = limits.manifest.value;
  if (bytes > most) throw new ManifestError('too-large', `It has ${bytes} bytes, more than ${most}.`);
};

/** The bytes of a value that `parseCanonical` reads again. Throws `ManifestError` for any other. */
export function canonicalBytes<T>(value: T, read: Read<T>): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(canonicalJson(read(value, '')));
  requireSize(bytes.length);
  return bytes;
}

/** Throws `ManifestError`. `format`: what the member of that name must say. */
export function parseCanonical<T>(bytes: Uint8Array, format: string, read: Read<T>): T {
  requireSize(bytes.length);
  let json: string;
  let value: unknown;
  try {
    json = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(json);
  } catch (cause) {
    throw new ManifestError('not-json', 'Its bytes are not the UTF-8 text of a JSON value.', { cause });
  }
  const found = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined;
  if (found !== format)
    throw new ManifestError(
      'unknown-format',
      `It is not of the form ${format}, the only one that is known here.`,
    );
  const result = read(value, '');
  // Other text for the same value could show a reader something else than what is hashed (e.g. a member given twice).
  if (canonicalJson(result) !== json)
    throw new ManifestError('not-canonical', 'Its bytes are not in the canonical form of RFC 8785.');
  return result;
}
