import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePath, encodePath } from './key-path.ts';
import { newestOnly, newKeyRing, nextGeneration, rootKeyHandle, unwrapKeys, wrapKeys } from './key-ring.ts';
import { type Place, Sealer } from './sealed.ts';
import { StoreError } from './store.ts';

const ring = newKeyRing();
const sealer = () => new Sealer(ring);
const place: Place = { kind: 'entry', names: [Buffer.alloc(32, 1)], numbers: [2 ** 40 + 3] };
const tampered = expect.objectContaining({ code: 'tampered' });
const path = fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 8 });

describe('sealed values', () => {
  it('open where they were sealed, also in another process', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        const sealed = sealer().seal(place, a, b);
        expect(sealer().open(place, sealed)).toEqual(Buffer.concat([a, b]));
      }),
    );
  });

  it('do not open with any byte changed, cut or added', () => {
    const one = sealer();
    const sealed = one.seal(place, Buffer.from('value'));
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] as number) ^ (1 << (at % 8));
      expect(() => one.open(place, changed)).toThrow(tampered);
      expect(() => one.open(place, sealed.subarray(0, at))).toThrow(tampered);
    }
    expect(() => one.open(place, Buffer.concat([sealed, Buffer.alloc(1)]))).toThrow(tampered);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(() => one.open(place, bytes)).toThrow(StoreError);
      }),
    );
  });

  it.each<[string, Place]>([
    ['kind', { ...place, kind: 'log' }],
    ['name', { ...place, names: [Buffer.alloc(32, 2)] }],
    ['number', { ...place, numbers: [2 ** 40 + 4] }],
    ['number in the high half', { ...place, numbers: [3] }],
    ['place and number of numbers', { ...place, numbers: [] }],
  ])('do not open at another %s', (_, other) => {
    const one = sealer();
    expect(() => one.open(other, one.seal(place, Buffer.from('value')))).toThrow(tampered);
  });

  it('never look alike', () => {
    const one = sealer();
    const all = Array.from({ length: 2000 }, () => one.seal(place, Buffer.from('same')));
    const nonces = new Set(all.map((sealed) => sealed.subarray(12, 24).toString('hex')));
    expect(nonces.size).toBe(all.length);
    expect(sealer().seal(place).subarray(0, 12)).not.toEqual(one.seal(place).subarray(0, 12));
  });
});

describe('blinded names', () => {
  it('are the same in each process, keep prefixes, and tell keys apart', () => {
    fc.assert(
      fc.property(path, path, (a, b) => {
        const blinded = sealer().blindKey(a);
        expect(sealer().blindKey(a)).toEqual(blinded);
        expect(blinded.length).toBe(a.length * 16);
        expect(
          sealer()
            .blindKey([...a, ...b])
            .subarray(0, blinded.length),
        ).toEqual(blinded);
        expect(sealer().blindKey(b).equals(blinded)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
  });

  it('hide that one id stands under two parents, and in two kinds of name', () => {
    const one = sealer();
    const names = [
      one.blindKey(['a', 'id']).subarray(16),
      one.blindKey(['b', 'id']).subarray(16),
      one.blindKey(['id']),
      one.blindName('q', 'id'),
      one.blindName('i', 'id'),
      one.blindName('l', 'id'),
    ];
    expect(new Set(names.map((name) => name.toString('hex'))).size).toBe(names.length);
    const other = new Sealer(newKeyRing());
    expect(other.blindKey(['id'])).not.toEqual(one.blindKey(['id']));
    expect(one.blindKey(['a', 'id'])).toEqual(
      Buffer.concat([one.blindKey(['a']), one.blindKey(['a', 'id']).subarray(16)]),
    );
  });
});

describe('keys of a store', () => {
  const root = () => rootKeyHandle(randomBytes(32));

  it('come back under their root key alone, and unchanged', () => {
    const under = root();
    const wrapped = wrapKeys(under, nextGeneration(ring));
    const back = unwrapKeys(under, wrapped);
    expect(back.generations.map(({ number }) => number)).toEqual([1, 0]);
    const sealed = new Sealer(ring).seal(place, Buffer.from('value'));
    expect(new Sealer(back).open(place, sealed).toString()).toBe('value');
    expect(() => unwrapKeys(root(), wrapped)).toThrow(tampered);
    for (let at = 0; at < wrapped.length; at++) {
      const changed = Buffer.from(wrapped);
      changed[at] = (changed[at] as number) ^ 1;
      expect(() => unwrapKeys(under, changed)).toThrow(tampered);
      expect(() => unwrapKeys(under, wrapped.subarray(0, at))).toThrow(tampered);
    }
  });

  it('of an older generation open, and do not when they are dropped', () => {
    const one = new Sealer(ring);
    const sealed = one.seal(place, Buffer.from('old'));
    const name = one.blindKey(['a', 'b']);
    one.use(nextGeneration(ring));
    expect(one.isNewest(sealed)).toBe(false);
    expect(one.isNewest(one.seal(place))).toBe(true);
    expect(one.open(place, sealed).toString()).toBe('old');
    one.use(newestOnly(one.ring));
    expect(() => one.open(place, sealed)).toThrow(tampered);
    expect(one.blindKey(['a', 'b'])).toEqual(name);
  });

  it('wipe the root key that they are given, and want 32 bytes', () => {
    const bytes = randomBytes(32);
    rootKeyHandle(bytes);
    expect(bytes.equals(Buffer.alloc(32))).toBe(true);
    expect(() => rootKeyHandle(randomBytes(31))).toThrow(expect.objectContaining({ code: 'root-key' }));
  });
});

it('a path and what follows it come back', () => {
  fc.assert(
    fc.property(path, fc.uint8Array(), (key, rest) => {
      const back = decodePath(Buffer.concat([encodePath(key), rest]));
      expect(back.key).toEqual(key);
      expect(back.rest).toEqual(Buffer.from(rest));
    }),
  );
});
