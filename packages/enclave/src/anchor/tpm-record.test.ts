import { createSecretKey, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { anchorSecret } from '../testing/tpm-anchor.ts';
import type { Answer, Command } from '../tpm2/command.ts';
import { TpmHandles } from '../tpm2/lending.ts';
import { NvIndex } from '../tpm2/nv-index.ts';
import { TpmReader } from '../tpm2/wire.ts';
import { decodeRecord, encodeRecord, RECORD_BYTES, type TpmRecord, tpmAnchorKeys } from './tpm-record.ts';

/** Keeps the parameters of commands that it was given, and what they were then. */
class Recorder extends TpmHandles {
  readonly sent: Uint8Array[] = [];
  hex = '';

  constructor() {
    super({ send: async (command) => command, close: async () => undefined });
  }

  override async run({ parameters = new Uint8Array() }: Command): Promise<Answer> {
    this.sent.push(parameters);
    this.hex += Buffer.from(parameters).toString('hex');
    return { handle: 0, parameters: new TpmReader(new Uint8Array()) };
  }
}

const secret = anchorSecret();
const { mac } = tpmAnchorKeys(secret);
const records = fc.record<TpmRecord>({
  count: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  isFirst: fc.boolean(),
  state: fc.record({
    epoch: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    commits: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    digest: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  }),
  keyName: fc.uint8Array({ minLength: 32, maxLength: 32 }),
});

describe('a record', () => {
  it('comes back as it was written', () => {
    fc.assert(
      fc.property(records, (record) => {
        const bytes = encodeRecord(record, mac);
        expect(bytes).toHaveLength(RECORD_BYTES);
        expect(decodeRecord(bytes, mac)).toEqual(record);
      }),
    );
  });

  it('of other bytes, changed anywhere, or of another secret is none', () => {
    const other = tpmAnchorKeys(anchorSecret()).mac;
    fc.assert(
      fc.property(
        records,
        fc.nat(RECORD_BYTES - 1),
        fc.integer({ min: 1, max: 255 }),
        (record, at, change) => {
          const bytes = encodeRecord(record, mac);
          expect(decodeRecord(bytes, other)).toBeUndefined();
          bytes[at] = (bytes[at] ?? 0) ^ change;
          expect(decodeRecord(bytes, mac)).toBeUndefined();
        },
      ),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2 * RECORD_BYTES }), (bytes) => {
        expect(decodeRecord(bytes, mac)).toBeUndefined();
      }),
    );
  });
});

describe('what follows from the secret', () => {
  it('is the same each time, and other indices and another password for another secret', () => {
    const [one, again, other] = [secret, secret, anchorSecret()].map(tpmAnchorKeys);
    expect([again?.counter, again?.password()]).toEqual([one?.counter, one?.password()]);
    expect(other?.password()).not.toEqual(one?.password());
    expect(one?.records).toBe((one?.counter ?? 0) + 1);
  });

  it('leaves no copy of the password behind: of none that it hands out, and none of the command that makes an index', async () => {
    const { password, records: index } = tpmAnchorKeys(secret);
    const exported = vi.spyOn(Object.getPrototypeOf(createSecretKey(randomBytes(32))), 'export');
    const given = password();
    const copies = exported.mock.results.map(({ value }) => value as Uint8Array);
    exported.mockRestore();
    expect(copies).toHaveLength(1);

    const tpm = new Recorder();
    await new NvIndex(tpm, { index, kind: 'ordinary', size: 8, password: given }).define();
    expect(tpm.hex).toContain(Buffer.from(given).toString('hex'));
    given.fill(0);
    for (const copy of [...copies, ...tpm.sent]) expect(copy).toEqual(copy.map(() => 0));
  });

  it('is within the indices of the owner, with a password that a TPM takes whole', () => {
    for (let round = 0; round < 50; round++) {
      const { counter, records: index, password } = tpmAnchorKeys(anchorSecret());
      expect(counter).toBeGreaterThanOrEqual(0x01800000);
      expect(index).toBeLessThanOrEqual(0x01bfffff);
      expect(password().at(-1)).not.toBe(0);
    }
    expect(() => tpmAnchorKeys(createSecretKey(Buffer.alloc(31)))).toThrow(RangeError);
  });
});
