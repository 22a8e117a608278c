import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isStatedBy, type StatedState, stateStatement } from './platform-state.ts';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const spki = (key: KeyObject) => new Uint8Array(key.export({ type: 'spki', format: 'der' }));
const key = spki(publicKey);
const instance = new Uint8Array(createHash('sha256').update(key).digest());
const stated: StatedState = {
  instance,
  epoch: 2,
  commits: 7,
  digest: new Uint8Array(randomBytes(32)),
  run: new Uint8Array(randomBytes(16)),
  nonce: new Uint8Array(randomBytes(32)),
  seen: { epoch: 1, commits: 3, run: new Uint8Array(randomBytes(16)) },
  follows: true,
  time: Date.parse('2026-11-30T03:00:00Z'),
};
const signature = new Uint8Array(sign(null, stateStatement(stated), privateKey));

it('is stated by the key whose digest the instance is', () => {
  expect(isStatedBy(key, stated, signature)).toBe(true);
});

it('has a form of its own, so that nothing else that a key signs is one', () => {
  const bytes = Buffer.from(stateStatement(stated));
  expect(bytes).toHaveLength(15 + 32 + 24 + 32 + 16 + 32 + 16 + 16 + 1);
  expect(bytes.subarray(0, 15).toString()).toBe('gaiwan-state/1\0');
  expect(bytes.subarray(47, 71).toString('hex')).toBe(
    `0000000000000002${'0000000000000007'}${stated.time.toString(16).padStart(16, '0')}`,
  );
});

it.each([
  ['instance', { instance: new Uint8Array(32) }],
  ['epoch', { epoch: 3 }],
  ['commits', { commits: 8 }],
  ['digest', { digest: new Uint8Array(32) }],
  ['length of the digest', { digest: new Uint8Array(31) }],
  ['run', { run: new Uint8Array(16) }],
  ['length of the run', { run: new Uint8Array(15) }],
  ['word about what follows', { follows: false }],
  ['thing that was seen', { seen: { epoch: 1, commits: 4, run: new Uint8Array(16) } }],
  ['nothing that was seen', { seen: undefined }],
  ['nonce', { nonce: new Uint8Array(32) }],
  ['time', { time: stated.time + 1 }],
])('is not what was signed with another %s', (_what, other) => {
  expect(isStatedBy(key, { ...stated, ...other }, signature)).toBe(false);
});

it('is not stated by another key, nor by one of another kind', () => {
  const other = generateKeyPairSync('ed25519');
  const byOther = new Uint8Array(sign(null, stateStatement(stated), other.privateKey));
  expect(isStatedBy(spki(other.publicKey), stated, byOther)).toBe(false);
  expect(isStatedBy(key, stated, byOther)).toBe(false);
  const p256 = spki(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey);
  const itsInstance = new Uint8Array(createHash('sha256').update(p256).digest());
  expect(isStatedBy(p256, { ...stated, instance: itsInstance }, signature)).toBe(false);
});

it('is never stated by bytes that a stranger chose, and these never throw', () => {
  const bytes = (length: number) => fc.uint8Array({ maxLength: length });
  fc.assert(
    fc.property(bytes(100), bytes(100), bytes(100), (publicKey, signed, digest) => {
      expect(isStatedBy(publicKey, { ...stated, digest }, signed)).toBe(false);
    }),
  );
  fc.assert(
    fc.property(fc.nat(63), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const other = signature.map((byte, index) => (index === at ? byte ^ flip : byte));
      expect(isStatedBy(key, stated, other)).toBe(false);
    }),
  );
});

it.each([-1, 0.5, Number.NaN, 2 ** 53])('has whole numbers, not %d', (epoch) => {
  expect(() => stateStatement({ ...stated, epoch })).toThrow(TypeError);
});
