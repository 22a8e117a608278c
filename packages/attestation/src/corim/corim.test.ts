import { ecKey, type FakeKey } from '@gaiwan/attestation-kit/machines';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Cbor, type CborKey, type CborMap, Tagged } from '../cbor/decode.ts';
import { encodeCbor } from '../cbor/encode.ts';
import { publicKeyOf } from '../keys/spki.ts';
import { contextOf } from '../verdict.ts';
import { corimClaims, parseCorim, referenceValues } from './corim.ts';

const map = (...entries: [CborKey, Cbor][]): CborMap => new Map(entries);
const NOW = Date.parse('2026-06-01T00:00:00Z');
const context = contextOf({ at: NOW });
const seconds = (iso: string) => new Tagged(1, Date.parse(iso) / 1000);

const measurement = map(
  [0, 'fw'],
  [1, map([1, 7], [2, [[1, new Uint8Array(32).fill(5)]]], [4, new Tagged(560, Uint8Array.of(1, 2))])],
);
const environment = map([0, map([0, new Tagged(600, new Uint8Array(32).fill(9))], [1, 'Vendor'])]);
const comid = encodeCbor(
  map(
    [1, map([0, 'comid'])],
    [4, map([0, [[environment, [measurement]]]], [1, [[environment, [measurement]]]])],
  ),
);
const manifest = (validity?: CborMap) =>
  new Tagged(
    501,
    map(
      [0, 'manifest'],
      [1, [new Tagged(506, comid), new Tagged(505, new Uint8Array(1))]],
      ...(validity ? [[4, validity] as [CborKey, Cbor]] : []),
    ),
  );

let key: FakeKey;
beforeAll(async () => {
  key = await ecKey('P-256');
});

async function signed(content: Cbor, contentType = 'application/rim+cbor'): Promise<Uint8Array> {
  const header = encodeCbor(map([1, -7], [3, contentType]));
  const payload = encodeCbor(content);
  const signature = await key.sign(encodeCbor(['Signature1', header, new Uint8Array(), payload]));
  return encodeCbor(new Tagged(18, [header, map(), payload, signature]));
}

describe('CoRIM', () => {
  it('an unsigned one can be read, and gives no reference values', async () => {
    const bytes = encodeCbor(manifest());
    expect(corimClaims(parseCorim(bytes))).toMatchObject({
      tag: 501,
      referenceTriples: 1,
      endorsedTriples: 1,
    });
    await expect(referenceValues(bytes, publicKeyOf(key.spki), context)).rejects.toMatchObject({
      code: 'cose-signature',
    });
  });

  it('a signed one gives them to who has the key', async () => {
    const bytes = await signed(manifest());
    expect(await referenceValues(bytes, publicKeyOf(key.spki), context)).toEqual([
      {
        environment: { '0': { '0': { tag: 600, value: '09'.repeat(32) }, '1': 'Vendor' } },
        measurements: [
          expect.objectContaining({
            key: 'fw',
            svn: 7,
            raw: '0102',
            digests: [{ algorithm: 1, value: '05'.repeat(32) }],
          }),
        ],
      },
    ]);
    const other = publicKeyOf((await ecKey('P-256')).spki);
    await expect(referenceValues(bytes, other, context)).rejects.toMatchObject({ code: 'cose-signature' });
  });

  it('holds for its time only', async () => {
    const judge = async (validity: CborMap) =>
      referenceValues(await signed(manifest(validity)), publicKeyOf(key.spki), context);
    await expect(judge(map([0, seconds('2026-01-01')], [1, seconds('2026-12-31')]))).resolves.toHaveLength(1);
    await expect(judge(map([1, seconds('2026-05-31')]))).rejects.toMatchObject({
      code: 'collateral-expired',
    });
    await expect(judge(map([0, seconds('2026-06-02')], [1, seconds('2026-12-31')]))).rejects.toMatchObject({
      code: 'collateral-not-yet-valid',
    });
  });

  it('something else that was signed is no manifest', async () => {
    await expect(
      referenceValues(await signed(manifest(), 'text/plain'), publicKeyOf(key.spki), context),
    ).rejects.toMatchObject({ code: 'malformed' });
    expect(() => parseCorim(encodeCbor(new Tagged(99, 1)))).toThrow('tag 18 or 501');
  });
});
