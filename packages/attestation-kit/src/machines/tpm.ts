/** A TPM in software: an attestation key with its public area, quotes of any content, event logs. */

import type { Hash } from '@gaiwan/attestation';
import { byteAt, concat, utf8Bytes } from '@gaiwan/attestation/bytes';
import { digest } from '../digest.ts';
import { ecKey, type SigningKey as FakeKey } from '../issue/keys.ts';

const u16 = (value: number) => Uint8Array.of(value >> 8, value & 255);
const u32 = (value: number) => concat(u16(value >>> 16), u16(value & 0xffff));
const tpm2b = (bytes: Uint8Array) => concat(u16(bytes.length), bytes);
const le32 = (value: number) => Uint8Array.from(u32(value)).reverse();

/** fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, restricted, sign. */
export const AK_ATTRIBUTES = 0x00050072;
const banks: Readonly<Record<'sha1' | 'sha256' | 'sha384', number>> = { sha1: 4, sha256: 11, sha384: 12 };
/** Content of a quote; everything has a default. */
export interface FakeQuoteOptions {
  readonly magic?: number;
  readonly type?: number;
  readonly nonce?: Uint8Array;
  readonly bank?: keyof typeof banks;
  /** Values by index. */
  readonly pcrs?: ReadonlyMap<number, Uint8Array>;
  /** Hash over the values in place of that of the signature. */
  readonly digestHash?: Hash;
  readonly qualifiedSigner?: Uint8Array;
  readonly trailing?: Uint8Array;
  readonly signer?: FakeKey;
}

function bitmap(indices: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(3);
  for (const index of indices) bytes[index >> 3] = byteAt(bytes, index >> 3) | (1 << (index & 7));
  return bytes;
}

/**
 * Makes a TPM with an attestation key. No root vouches for it: a verifier is given `key.spki` as the trusted key.
 *
 * @param attributes TPMA_OBJECT of its key
 */
export async function fakeTpm(attributes = AK_ATTRIBUTES) {
  const key = await ecKey('P-256');
  const [x, y] = [key.spki.subarray(-64, -32), key.spki.subarray(-32)];
  const publicArea = concat(
    u16(0x23),
    u16(11),
    u32(attributes),
    tpm2b(new Uint8Array()),
    concat(u16(0x10), u16(0x18), u16(11), u16(3), u16(0x10)),
    tpm2b(x),
    tpm2b(y),
  );
  const name = concat(u16(11), await digest('sha256', publicArea));
  const ownName = concat(u16(11), await digest('sha256', concat(u32(0x4000000b), name)));

  const quote = async (given: FakeQuoteOptions = {}) => {
    const { bank = 'sha256' } = given;
    const pcrs = given.pcrs ?? new Map([[0, await digest(bank, utf8Bytes('firmware'))]]);
    const selected = [...pcrs].sort(([a], [b]) => a - b);
    const values = concat(...selected.map(([, value]) => value));
    const attest = concat(
      u32(given.magic ?? 0xff544347),
      u16(given.type ?? 0x8018),
      tpm2b(given.qualifiedSigner ?? ownName),
      tpm2b(given.nonce ?? new Uint8Array()),
      new Uint8Array(8),
      u32(1),
      u32(0),
      Uint8Array.of(1),
      new Uint8Array(8),
      u32(1),
      u16(banks[bank]),
      Uint8Array.of(3),
      bitmap(selected.map(([index]) => index)),
      tpm2b(await digest(given.digestHash ?? 'sha256', values)),
      given.trailing ?? new Uint8Array(),
    );
    const raw = await (given.signer ?? key).sign(attest);
    const signature = concat(u16(0x18), u16(11), tpm2b(raw.subarray(0, 32)), tpm2b(raw.subarray(32)));
    return { attest, signature, akPublic: publicArea };
  };

  return { key, publicArea, name, quote };
}

/** What `fakeTpm` makes. */
export type FakeTpm = Awaited<ReturnType<typeof fakeTpm>>;

/** An event of a log to make. */
export interface FakeEvent {
  readonly register: number;
  readonly type: number;
  readonly data: Uint8Array;
  /** In place of the hash of the data. */
  readonly digest?: Uint8Array;
}

/** A crypto-agile log of one bank. */
export async function fakeEventLog(
  events: readonly FakeEvent[],
  bank: 'sha256' | 'sha384' = 'sha256',
): Promise<Uint8Array> {
  const size = bank === 'sha256' ? 32 : 48;
  const id = (value: number) => Uint8Array.of(value & 255, value >> 8);
  const spec = concat(
    utf8Bytes('Spec ID Event03\0'),
    Uint8Array.of(0, 0, 0, 0, 0, 2, 0, 2),
    le32(1),
    id(banks[bank]),
    id(size),
    Uint8Array.of(0),
  );
  const header = concat(le32(0), le32(3), new Uint8Array(20), le32(spec.length), spec);
  const records = await Promise.all(
    events.map(async ({ register, type, data, digest: own }) =>
      concat(
        le32(register),
        le32(type),
        le32(1),
        id(banks[bank]),
        own ?? (await digest(bank, data)),
        le32(data.length),
        data,
      ),
    ),
  );
  return concat(header, ...records);
}
