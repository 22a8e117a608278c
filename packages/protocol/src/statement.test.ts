import { generateKeyPairSync } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManifestError } from './manifest-error.ts';
import { algorithmOfKey } from './public-key.ts';
import { parseSignatureText, signatureText } from './signature-text.ts';
import { approvalStatement, possessionStatement, statementBytes } from './statement.ts';

const hexOf = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((found) => Buffer.from(found).toString('hex'));
const name = fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => text.isWellFormed());
const statements = fc.record({
  instance: hexOf(32),
  subject: name,
  action: name,
  object: name,
  digest: hexOf(32),
  nonce: hexOf(16),
  time: fc.nat(),
});
const sent = fc.record({
  time: fc.integer({ min: 0, max: 10 ** 15 - 1 }),
  nonce: hexOf(16),
  signature: fc.uint8Array({ minLength: 64, maxLength: 64 }),
});

describe('the bytes of a statement', () => {
  const sample = {
    instance: 'ab'.repeat(32),
    subject: 'bank#1',
    action: 'InvokeTask',
    object: 'task-1',
    digest: 'cd'.repeat(32),
    nonce: 'ef'.repeat(16),
    time: 1764441457123,
  };

  it('are these, in every version', () => {
    expect(Buffer.from(statementBytes(sample)).toString()).toBe(
      `{"action":"InvokeTask","digest":"${sample.digest}","format":"gaiwan-statement/1","instance":"${sample.instance}","nonce":"${sample.nonce}","object":"task-1","subject":"bank#1","time":1764441457123}`,
    );
  });

  it('differ where any member differs', () => {
    fc.assert(
      fc.property(statements, statements, (one, other) => {
        const same = JSON.stringify(one) === JSON.stringify(other);
        expect(Buffer.compare(statementBytes(one), statementBytes(other)) === 0).toBe(same);
        for (const member of Object.keys(one) as (keyof typeof one)[]) {
          const mixed = { ...one, [member]: other[member] };
          const equal = mixed[member] === one[member];
          expect(Buffer.compare(statementBytes(one), statementBytes(mixed)) === 0, member).toBe(equal);
        }
      }),
    );
  });

  it.each([
    ['instance', 'AB'.repeat(32)],
    ['digest', ''],
    ['nonce', 'ef'.repeat(15)],
    ['object', 'x'.repeat(257)],
    ['subject', '\ud800'],
    ['time', -1],
    ['time', 1.5],
  ])('are none for a bad %s', (member, value) => {
    expect(() => statementBytes({ ...sample, [member]: value })).toThrow(ManifestError);
  });

  it('are none that SSH or OpenPGP signs with the same key: docs/keys.md', () => {
    fc.assert(
      fc.property(statements, (statement) => {
        const bytes = Buffer.from(statementBytes(statement));
        // No length of a session identifier or of a type's name, and no SSHSIG.
        expect(bytes.toString('latin1', 0, 11)).toBe('{"action":"');
        expect(bytes.readUInt32BE()).toBe(2_065_850_723);
        // No hash, and no trailer of OpenPGP.
        expect(bytes.length).toBeGreaterThan(200);
        expect(bytes.includes(0xff)).toBe(false);
      }),
    );
  });

  it('of an approval and of a possession cannot be taken for each other', () => {
    const digest = 'cd'.repeat(32);
    const approval = approvalStatement({ participant: 'bank', task: digest, digest }, sample);
    const possession = possessionStatement({ subject: 'bank', keyId: digest }, sample);
    expect(Buffer.from(statementBytes(approval))).not.toEqual(Buffer.from(statementBytes(possession)));
  });
});

describe('the text of a signature', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(sent, (value) => {
        expect(parseSignatureText(signatureText(value))).toEqual(value);
      }),
    );
  });

  it('has one form: whatever else is read is written the same', () => {
    const altered = fc
      .tuple(sent, fc.nat(), fc.string({ unit: 'binary', maxLength: 3 }))
      .map(([value, at, junk]) => {
        const text = signatureText(value);
        const place = at % (text.length + 1);
        return text.slice(0, place) + junk + text.slice(place + 1);
      });
    const texts = fc.oneof(altered, fc.string({ unit: 'binary', maxLength: 300 }));
    fc.assert(
      fc.property(texts, (text) => {
        const value = parseSignatureText(text);
        if (value) expect(signatureText(value)).toBe(text);
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['', '1', '01.', `1.${'0'.repeat(32)}.${'0'.repeat(126)}`, '1'.repeat(100_000)])(
    'is not %.20s',
    (text) => expect(parseSignatureText(text)).toBeUndefined(),
  );
});

describe('a public key', () => {
  const spki = (algorithm: 'Ed25519' | 'P-256' | 'P-384') => {
    const { publicKey } =
      algorithm === 'Ed25519'
        ? generateKeyPairSync('ed25519')
        : generateKeyPairSync('ec', { namedCurve: algorithm });
    return new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
  };

  it('is of one of two kinds', () => {
    expect(algorithmOfKey(spki('Ed25519'))).toBe('Ed25519');
    expect(algorithmOfKey(spki('P-256'))).toBe('ES256');
    expect(algorithmOfKey(spki('P-384'))).toBeUndefined();
  });

  it('is none with a byte more or less, or with another head', () => {
    for (const key of [spki('Ed25519'), spki('P-256')]) {
      const head = key.length - (key.length === 44 ? 32 : 64);
      expect(algorithmOfKey(key.subarray(0, -1))).toBeUndefined();
      expect(algorithmOfKey(Uint8Array.from([...key, 0]))).toBeUndefined();
      for (let at = 0; at < head; at++)
        for (let bit = 0; bit < 8; bit++) {
          const altered = Uint8Array.from(key);
          altered[at] = (altered[at] ?? 0) ^ (1 << bit);
          expect(algorithmOfKey(altered), `byte ${at}`).toBeUndefined();
        }
    }
  });
});
