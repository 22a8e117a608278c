/** Key files: hex text. */

import { randomBytes } from 'node:crypto';
import { systemCode } from '@gaiwan/errors';
import type { FileKey, Scheme } from '@gaiwan/files';
import { CliError, usage } from '../errors.ts';
import { readText } from './secrets.ts';

export const schemes = [
  'aes-gcm-128',
  'aes-gcm-256',
  'teaclave-file-128',
] as const satisfies readonly Scheme[];

export function keyBytes(scheme: Scheme): number {
  return scheme === 'aes-gcm-256' ? 32 : 16;
}

/** Throws `CliError`; never shows what is in the file. */
function readKeyFile(path: string, scheme: Scheme): Uint8Array {
  const text = readText(path).trim();
  if (!/^[0-9a-f]*$/i.test(text) || text.length % 2 !== 0) {
    throw usage(
      `${path} is no key file: it must hold hex digits only. Make one with: gaiwan keygen --scheme ${scheme}`,
    );
  }
  const wanted = keyBytes(scheme);
  if (text.length !== 2 * wanted) {
    throw usage(
      `${path} holds a key of ${text.length / 2} bytes; ${scheme} wants ${wanted} bytes (${2 * wanted} hex digits).`,
    );
  }
  return new Uint8Array(Buffer.from(text, 'hex'));
}

/** `bytes`: how many there must be. Throws `CliError` (usage). */
export function parseHex(text: string, bytes: number, what: string): Uint8Array {
  if (!/^[0-9a-f]*$/i.test(text) || text.length !== 2 * bytes) {
    throw usage(
      `${what} must be ${2 * bytes} hex digits (${bytes} bytes); this has ${text.length} characters.`,
    );
  }
  return new Uint8Array(Buffer.from(text, 'hex'));
}

export interface KeyFlags {
  readonly scheme: Scheme;
  readonly keyFile: string;
  readonly iv?: string | undefined;
}

const IV_BYTES = 12;

/** The key for something new: an IV is made where the scheme wants one and none is given. */
export function keyForWriting(flags: KeyFlags): FileKey {
  const { scheme, iv } = flags;
  if (scheme === 'teaclave-file-128' || iv !== undefined) return keyForReading(flags);
  return { scheme, key: readKeyFile(flags.keyFile, scheme), iv: new Uint8Array(randomBytes(IV_BYTES)) };
}

export function keyForReading({ scheme, keyFile, iv }: KeyFlags): FileKey {
  if (scheme === 'teaclave-file-128') {
    if (iv !== undefined) throw usage('teaclave-file-128 has no IV: leave --iv out.');
    return { scheme, key: readKeyFile(keyFile, scheme) };
  }
  if (iv === undefined)
    throw usage(`${scheme} needs --iv: the 24 hex digits that the file was encrypted with.`);
  return { scheme, key: readKeyFile(keyFile, scheme), iv: parseHex(iv, IV_BYTES, '--iv') };
}

/** Writes a new secret file that only its owner can read. Throws `CliError` (io) if it is there already. */
export async function writeNewSecret(path: string, text: string): Promise<void> {
  const { writeFile } = await import('node:fs/promises');
  try {
    await writeFile(path, text, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const code = systemCode(error);
    const why = code === 'EEXIST' ? 'it exists already, and a key is never overwritten' : code;
    throw new CliError('io', `Cannot write ${path}: ${why}.`);
  }
}
