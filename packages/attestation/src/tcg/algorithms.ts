/** Identifiers of the TCG algorithm registry. */
import type { Hash } from '../crypto/crypto.ts';
import { Refusal } from '../refusal.ts';

const hashes: Readonly<Record<number, Hash>> = { 4: 'sha1', 11: 'sha256', 12: 'sha384', 13: 'sha512' };

/** Name of a hash; for one that is not supported, its identifier, e.g. "0x0012". */
export function hashName(id: number): string {
  return hashes[id] ?? `0x${id.toString(16).padStart(4, '0')}`;
}

/** Throws `Refusal` "unsupported-algorithm". */
export function hashOf(id: number): Hash {
  const hash = hashes[id];
  if (hash === undefined)
    throw new Refusal('unsupported-algorithm', `The hash algorithm ${hashName(id)} is not supported.`);
  return hash;
}

/** Whether a bank's name is that of a hash that is supported. */
export function isHash(name: string): name is Hash {
  return Object.values(hashes).some((hash) => hash === name);
}
