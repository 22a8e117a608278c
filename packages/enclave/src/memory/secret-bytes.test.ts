import { createHmac, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressesOf, noOwnMemory } from '../testing/own-memory.ts';
import { arena, SecretArena } from './arena.ts';
import { Key128, Key256, Mac128, Mac256, P256PrivateKey, P256SharedKey } from './keys.ts';
import { SecretBytes } from './secret-bytes.ts';

describe('a secret', () => {
  it('cannot be printed', () => {
    const secret = SecretBytes.take(Buffer.from('correct horse battery staple'));
    const error = new Error(`with ${String(secret)}`, { cause: secret });
    for (const text of [
      String(secret),
      JSON.stringify({ secret }),
      inspect({ secret }, { depth: 9, showHidden: true }),
      error.message,
    ])
      expect(text).not.toMatch(/horse|99|111/);
    expect(Object.keys(secret)).toEqual(['length']);
    secret.release();
  });

  it('takes bytes over and wipes where they came from', () => {
    const bytes = Buffer.from('00112233', 'hex');
    using secret = SecretBytes.take(bytes);
    expect(bytes.toString('hex')).toBe('00000000');
    expect(secret.use((view) => Buffer.from(view).toString('hex'))).toBe('00112233');
  });

  it('is wiped when it is released, and of no use afterwards', () => {
    const secret = SecretBytes.random(32);
    let seen: Uint8Array = new Uint8Array();
    secret.use((view) => (seen = view));
    expect(seen.some((byte) => byte !== 0)).toBe(true);
    secret.release();
    secret.release();
    expect(seen.every((byte) => byte === 0)).toBe(true);
    for (const action of [
      () => secret.use(() => 0),
      () => secret.equals(secret),
      () => secret.toKeyObject(),
      () => secret.clone(),
    ])
      expect(action).toThrow(expect.objectContaining({ code: 'released' }));
  });

  it('compares with its like', () => {
    using secret = SecretBytes.take(Buffer.from('abcd'));
    using twin = secret.clone();
    expect(secret.equals(twin)).toBe(true);
    expect(secret.equals(Buffer.from('abcd'))).toBe(true);
    expect(secret.equals(Buffer.from('abce'))).toBe(false);
    expect(secret.equals(Buffer.from('abc'))).toBe(false);
  });

  it('serves as a key', () => {
    using secret = SecretBytes.take(Buffer.from('key'));
    const mac = (key: Parameters<typeof createHmac>[1]) =>
      createHmac('sha256', key).update('x').digest('hex');
    expect(mac(secret.toKeyObject())).toBe(mac('key'));
  });

  it.each([0, -1, 1.5, 65_537, Number.NaN])('has no length of %d', (length) => {
    expect(() => new SecretBytes(length)).toThrow(expect.objectContaining({ code: 'bad-length' }));
  });
});

describe('the arena', () => {
  if (noOwnMemory) console.log(`SKIPPED: where the arena really is: ${noOwnMemory}`);
  it.skipIf(noOwnMemory !== undefined)(
    'begins at a page, so that a secret’s place in it is its place in a cache line',
    () => {
      const own = new SecretArena();
      own.take(1);
      const block = own.take(40);
      const [before, after] = [randomBytes(32), randomBytes(32)];
      own.view(block).set(before);
      const addresses = addressesOf(before, after, () => own.view(block).set(after));
      expect(addresses).toHaveLength(1);
      const address = addresses[0] ?? 0;
      expect((address - block.start) % 4096).toBe(0);
      expect(address % 64).toBeGreaterThanOrEqual(8);
    },
  );

  it('keeps secrets of up to 56 bytes clear of the first bytes of cache lines', () => {
    for (let length = 1; length <= 56; length++) {
      const secrets = Array.from({ length: 9 }, () => new SecretBytes(length));
      for (const secret of secrets) {
        expect(secret.guarded).toBe(true);
        expect(secret.lineOffset).toBeGreaterThanOrEqual(8);
        expect(secret.lineOffset + length).toBeLessThanOrEqual(64);
        secret.release();
      }
    }
    using long = new SecretBytes(57);
    expect(long.guarded).toBe(false);
  });

  it('never gives two secrets the same bytes, and gives zeros, also while it grows', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 9000 }), fc.boolean()), { maxLength: 60 }),
        (steps) => {
          const own = new SecretArena();
          const held: { block: ReturnType<SecretArena['take']>; mark: number }[] = [];
          for (const [index, [length, release]] of steps.entries()) {
            const block = own.take(length);
            expect(own.view(block).every((byte) => byte === 0)).toBe(true);
            own.view(block).fill((index % 255) + 1);
            held.push({ block, mark: (index % 255) + 1 });
            if (release) own.give((held.shift() as (typeof held)[number]).block);
          }
          for (const { block, mark } of held)
            expect(own.view(block).every((byte) => byte === mark)).toBe(true);
          expect(own.inUse).toBe(held.reduce((sum, { block }) => sum + block.length, 0));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('says when it is full, and goes on when something was released', () => {
    const own = new SecretArena();
    const blocks: ReturnType<SecretArena['take']>[] = [];
    const fill = () => {
      for (;;) blocks.push(own.take(65_536));
    };
    expect(fill).toThrow(expect.objectContaining({ code: 'exhausted' }));
    expect(blocks).toHaveLength(1024);
    own.give(blocks[0] as (typeof blocks)[number]);
    expect(own.take(65_000).blockLength).toBeGreaterThan(0);
  });

  it('wipes what was dropped and collected', async () => {
    const before = arena.inUse;
    (() => SecretBytes.random(40))();
    expect(arena.inUse).toBe(before + 40);
    const { setFlagsFromString } = await import('node:v8');
    const { runInNewContext } = await import('node:vm');
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const inUse = () => {
      collect();
      return arena.inUse;
    };
    await expect.poll(inUse, { interval: 10 }).toBeLessThanOrEqual(before);
  });
});

describe('keys of fixed length', () => {
  const kinds: readonly (readonly [Kind: typeof SecretBytes & { readonly bytes: number }, bytes: number])[] =
    [
      [Key128 as never, 16],
      [Mac128 as never, 16],
      [Key256 as never, 32],
      [Mac256 as never, 32],
      [P256PrivateKey as never, 32],
      [P256SharedKey as never, 32],
    ];
  it.each(kinds.map(([Kind, bytes]) => ({ name: Kind.name, Kind, bytes })))('$name', ({ Kind, bytes }) => {
    expect(Kind.bytes).toBe(bytes);
    using made = Kind.random();
    expect(made.length).toBe(bytes);
    expect(made.guarded).toBe(true);
    const given = new Uint8Array(bytes + 1).fill(7);
    expect(() => Kind.take(given)).toThrow(expect.objectContaining({ code: 'bad-length' }));
    expect(given.every((byte) => byte === 0)).toBe(true);
    using taken = Kind.take(new Uint8Array(bytes).fill(9));
    expect(taken.equals(new Uint8Array(bytes).fill(9))).toBe(true);
    expect(inspect(taken)).toBe('[secret]');
  });
});
