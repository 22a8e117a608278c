/**
 * Sealing under a key that the machine derives for exactly one measurement, as SGX does: the blob says in clear which
 * registers it was sealed to, authenticated with the secret.
 *
 *     magic (8) | length of registers (2, big-endian) | registers, JSON | nonce (12) | ciphertext | tag (16)
 */

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { dictionary } from '@gaiwan/errors';
import { limits } from '../limits.ts';
import { type Sealer, SealingError } from './sealer.ts';

const MAGIC = Buffer.from('GWSEAL1\0', 'latin1');
const NONCE = 12;
const TAG = 16;

/** Hexadecimal values by name. */
export type Registers = Readonly<Record<string, string>>;

/** The program, and what derives its key. */
export interface DerivedKeyOptions {
  /** Of the program that runs now. */
  readonly registers: Registers;
  /** 32 bytes that only this machine makes, for these registers only. The caller gets them back wiped. */
  readonly key: (registers: Registers) => Promise<Uint8Array>;
}

/** One text for one set of registers. */
export const canonicalRegisters = (registers: Registers): string =>
  JSON.stringify(dictionary(Object.entries(registers).sort(([a], [b]) => (a < b ? -1 : 1))));

/** Seals under a key that the machine derives for exactly these registers. */
export function derivedKeySealer({ registers, key }: DerivedKeyOptions): Sealer {
  const withKey = async <T>(action: (bytes: Uint8Array) => T): Promise<T> => {
    const bytes = await key(registers);
    try {
      return action(bytes);
    } finally {
      bytes.fill(0);
    }
  };
  return {
    async seal(secret) {
      const names = Buffer.from(canonicalRegisters(registers));
      const length = Buffer.alloc(2);
      length.writeUInt16BE(names.length);
      const head = Buffer.concat([MAGIC, length, names]);
      return withKey((bytes) => {
        const nonce = randomBytes(NONCE);
        const cipher = createCipheriv('aes-256-gcm', bytes, nonce);
        cipher.setAAD(head);
        const sealed = Buffer.concat([cipher.update(secret), cipher.final()]);
        return new Uint8Array(Buffer.concat([head, nonce, sealed, cipher.getAuthTag()]));
      });
    },
    async unseal(blob) {
      const { head, sealedTo, nonce, ciphertext, tag } = parseBlob(blob);
      const differ = [...new Set([...Object.keys(sealedTo), ...Object.keys(registers)])]
        .filter((name) => sealedTo[name] !== registers[name])
        .sort();
      if (differ.length > 0) {
        const list = differ.map(
          (name) => `${name} is ${registers[name] ?? 'absent'}, sealed to ${sealedTo[name] ?? 'none'}`,
        );
        throw new SealingError('wrong-measurement', `The key is kept back: ${list.join('; ')}.`, {
          registers: differ,
        });
      }
      return withKey((bytes) => {
        try {
          const decipher = createDecipheriv('aes-256-gcm', bytes, nonce, { authTagLength: TAG });
          decipher.setAAD(head);
          decipher.setAuthTag(tag);
          // All of it comes from `update`: no second copy that nobody wipes.
          const secret = decipher.update(ciphertext);
          decipher.final();
          return new Uint8Array(secret.buffer, secret.byteOffset, secret.length);
        } catch (cause) {
          throw new SealingError(
            'not-unsealable',
            'The sealed key does not open: it was changed, or sealed on another machine.',
            { cause },
          );
        }
      });
    },
  };
}

function isRegisters(value: unknown): value is Registers {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((one) => typeof one === 'string' && /^[0-9a-f]*$/.test(one));
}

function parseBlob(blob: Uint8Array) {
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.length);
  const bad = (cause?: unknown) =>
    new SealingError('not-unsealable', 'This is no sealed key of the format "GWSEAL1", or it is damaged.', {
      cause,
    });
  const at = MAGIC.length + 2;
  if (
    bytes.length < at ||
    bytes.length > limits.sealedBlob.value ||
    !bytes.subarray(0, MAGIC.length).equals(MAGIC)
  )
    throw bad();
  const end = at + bytes.readUInt16BE(MAGIC.length);
  if (bytes.length < end + NONCE + TAG) throw bad();
  let sealedTo: unknown;
  try {
    sealedTo = JSON.parse(bytes.toString('utf8', at, end));
  } catch (cause) {
    throw bad(cause);
  }
  if (!isRegisters(sealedTo)) throw bad();
  return {
    head: bytes.subarray(0, end),
    sealedTo,
    nonce: bytes.subarray(end, end + NONCE),
    ciphertext: bytes.subarray(end + NONCE, -TAG),
    tag: bytes.subarray(-TAG),
  };
}
