/** What a passphrase opens: the key of a ring, and whose it is. */
import { argon2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { CliError } from '../errors.ts';
import { limits } from '../limits.ts';
import { readFields } from '../project/fields.ts';
import { seal, unseal } from './box.ts';

const FORMAT = 'gaiwan-ring/1';
const KEY_BYTES = 32;
const SALT_BYTES = 16;
/** RFC 9106's second choice, with one lane: a guess takes 64 MiB and some tenths of a second. */
const COST = { memoryKiB: 64 << 10, passes: 3, lanes: 1 };
const MOST_PASSES = 32;
const MOST_LANES = 16;

/** Who, and at which instance of a platform. */
export interface Owner {
  /** 64 hex digits. */
  readonly instance: string;
  readonly user: string;
}

export interface Header extends Owner {
  readonly format: typeof FORMAT;
  readonly kdf: {
    readonly name: 'argon2id';
    readonly memoryKiB: number;
    readonly passes: number;
    readonly lanes: number;
    /** Hex. */
    readonly salt: string;
  };
  /** The ring's key, under one that is derived from the passphrase. */
  readonly box: string;
}

const derive = promisify(argon2);

const passphraseKey = (
  passphrase: string,
  { memoryKiB, passes, lanes, salt }: Header['kdf'],
): Promise<Uint8Array> =>
  derive('argon2id', {
    message: passphrase.normalize('NFC'),
    nonce: Buffer.from(salt, 'hex'),
    parallelism: lanes,
    tagLength: KEY_BYTES,
    memory: memoryKiB,
    passes,
  });

const contextOf = ({ instance, user, kdf }: Omit<Header, 'box'>): string =>
  JSON.stringify([FORMAT, instance, user, kdf.memoryKiB, kdf.passes, kdf.lanes, kdf.salt]);

/** A ring key under this passphrase: a new one unless `key` is given. */
export async function makeHeader(
  owner: Owner,
  passphrase: string,
  key: Uint8Array = randomBytes(KEY_BYTES),
): Promise<{ readonly header: Header; readonly key: Uint8Array }> {
  const kdf = { name: 'argon2id', ...COST, salt: randomBytes(SALT_BYTES).toString('hex') } as const;
  const bare = { format: FORMAT, instance: owner.instance, user: owner.user, kdf } as const;
  const box = seal(await passphraseKey(passphrase, kdf), key, contextOf(bare));
  return { header: { ...bare, box }, key };
}

/** The ring's key. Rejects with `CliError` (ring-locked). */
export async function openHeader(header: Header, passphrase: string): Promise<Uint8Array> {
  const key = unseal(await passphraseKey(passphrase, header.kdf), header.box, contextOf(header));
  if (key?.length === KEY_BYTES) return key;
  throw new CliError(
    'ring-locked',
    `This is not the passphrase of the key ring of ${header.user}: nothing was opened.`,
  );
}

const HEX = /^[0-9a-f]+$/;

/** Throws `CliError` (ring-damaged), also for what would ask for more memory or time than a ring may. */
export function parseHeader(value: unknown, place: string): Header {
  try {
    const fields = readFields(value, place);
    const kdf = fields.required('kdf');
    const count = (key: string) => kdf.optionalCount(key) ?? 0;
    const header = {
      format: fields.text('format'),
      instance: fields.text('instance'),
      user: fields.text('user'),
      kdf: {
        name: kdf.text('name'),
        memoryKiB: count('memoryKiB'),
        passes: count('passes'),
        lanes: count('lanes'),
        salt: kdf.text('salt'),
      },
      box: fields.text('box'),
    };
    kdf.end();
    fields.end();
    if (isHeader(header)) return header;
  } catch (cause) {
    throw damaged(place, cause);
  }
  throw damaged(place);
}

function isHeader(value: {
  readonly format: string;
  readonly instance: string;
  readonly kdf: {
    readonly name: string;
    readonly memoryKiB: number;
    readonly passes: number;
    readonly lanes: number;
    readonly salt: string;
  };
}): value is Header {
  const { memoryKiB, passes, lanes, salt, name } = value.kdf;
  return (
    value.format === FORMAT &&
    /^[0-9a-f]{64}$/.test(value.instance) &&
    name === 'argon2id' &&
    lanes >= 1 &&
    lanes <= MOST_LANES &&
    memoryKiB >= 8 * lanes &&
    memoryKiB <= limits.ringMemory.value * 1024 &&
    passes >= 1 &&
    passes <= MOST_PASSES &&
    HEX.test(salt) &&
    salt.length === 2 * SALT_BYTES
  );
}

export const damaged = (place: string, cause?: unknown): CliError =>
  new CliError('ring-damaged', `${place} is cut short or was changed: it is no file of a key ring.`, {
    cause,
  });
