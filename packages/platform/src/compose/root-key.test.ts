/** A store under a sealed root key: rotations, handovers, failures and ends in every order lose nothing. */
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { derivedKeySealer, type SealedRootKey, type Sealer, sealedRootKey } from '@gaiwan/enclave';
import { type EmbeddedStore, openEmbeddedStore, type RootKeyProvider } from '@gaiwan/store';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const secret = randomBytes(32);
const on = (mrTd: string): Sealer =>
  derivedKeySealer({ registers: { mrTd }, key: async () => Uint8Array.from(secret) });
const releases = [on('01'), on('02')] as const;
type Release = 0 | 1;

let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'gaiwan-root-key-'));
});
afterEach(() => rm(data, { recursive: true }));

const rootOf = (release: Release): SealedRootKey =>
  sealedRootKey(join(data, 'root.sealed'), releases[release]);
const handOn = (from: Release) => rootOf(from).reseal(releases[from === 0 ? 1 : 0]);

/** What happens at a step of a rotation or of a start: something else, a failure, or an end. */
type Step = 'another' | 'settle';
type Happening = 'hand-on' | 'fail';
const crash = new Error('crash');

function disturbed(release: Release, at: Step | undefined, what: Happening): RootKeyProvider {
  const root = rootOf(release);
  const disturb = async (step: Step) => {
    if (at !== step) return;
    if (what === 'fail') throw crash;
    await handOn(release).catch(() => undefined);
  };
  const settling = (keys: Awaited<ReturnType<SealedRootKey['another']>>) => ({
    ...keys,
    settle: async () => {
      await disturb('settle');
      await keys.settle();
    },
  });
  return {
    load: async (options) => (await root.load(options)).map(settling),
    another: async () => {
      const key = await root.another();
      await disturb('another');
      return settling(key);
    },
  };
}

const open = (rootKey: RootKeyProvider): Promise<EmbeddedStore> =>
  openEmbeddedStore({ folder: join(data, 'store'), rootKey });
const count = async (store: EmbeddedStore) =>
  Number(Buffer.from((await store.get(['count']))?.value ?? []).toString() || '0');
const add = async (store: EmbeddedStore) =>
  store.commit({ put: [{ key: ['count'], value: Buffer.from(String((await count(store)) + 1)) }] });

/** Starts a release, and counts; false where it is kept out. */
async function run(release: Release, at?: Step, what: Happening = 'fail', rotations = 0): Promise<boolean> {
  let store: EmbeddedStore;
  try {
    store = await open(disturbed(release, at, what));
  } catch {
    return false;
  }
  for (let n = 0; n < rotations; n++) await store.rotateKeys().catch(() => undefined);
  await add(store);
  await store.close();
  return true;
}

describe('a data folder', () => {
  it('opens after a second rotation was cut off while the first could not be settled', async () => {
    expect(await run(0)).toBe(true);
    expect(await run(0, 'settle', 'fail', 1)).toBe(true);
    expect(await run(0, 'another', 'fail', 2)).toBe(true);
    const store = await open(rootOf(0));
    expect(await count(store)).toBe(3);
    await store.close();
    expect(readdirSync(data).sort()).toEqual(['root.sealed', 'store']);
  });

  it('opens for the same release after a handover in the middle of a rotation, which is refused', async () => {
    await run(0);
    const root = rootOf(0);
    let refusal: unknown;
    const store = await open({
      load: (options) => root.load(options),
      another: async () => {
        const key = await root.another();
        await handOn(0).catch((error: unknown) => {
          refusal = error;
        });
        return key;
      },
    });
    await (await store.rotateKeys()).resealed;
    await store.close();
    expect(refusal).toMatchObject({ code: 'rotating' });
    expect(existsSync(join(data, 'root.sealed.next'))).toBe(false);
    expect(await run(0)).toBe(true);
  });

  it('keeps its key where an old one was handed on, and says what to do', async () => {
    await run(0);
    // Another process is slow: it has read the key before the rotation, and writes it after.
    const [old] = await rootOf(0).load({ create: false });
    const handed = await releases[1].seal(old?.bytes ?? new Uint8Array());
    await run(0, undefined, 'fail', 1);
    await writeFile(join(data, 'root.sealed.next'), handed);
    await expect(open(rootOf(1))).rejects.toMatchObject({
      code: 'tampered',
      message: expect.stringContaining('needs a new handover'),
    });
    expect(await run(0)).toBe(true);
    await handOn(0);
    expect(await run(1)).toBe(true);
    const store = await open(rootOf(1));
    expect(await count(store)).toBe(4);
    await store.close();
  });

  it('is never lost, and counts on, whatever happens in whatever order', async () => {
    const step = fc.record({
      release: fc.constantFrom<Release>(0, 1),
      at: fc.constantFrom<Step | undefined>('another', 'settle', undefined),
      what: fc.constantFrom<Happening>('hand-on', 'fail'),
      rotations: fc.nat(2),
      /** Before the start. */
      handOn: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 6 }), async (steps) => {
        await rm(data, { recursive: true });
        data = await mkdtemp(join(tmpdir(), 'gaiwan-root-key-'));
        let counted = (await run(0)) ? 1 : 0;
        for (const { release, at, what, rotations, handOn: before } of steps) {
          if (before) await handOn(release).catch(() => undefined);
          if (await run(release, at, what, rotations)) counted++;
          const other = release === 0 ? 1 : 0;
          // One of both opens it at any time.
          expect((await run(release)) || (await run(other))).toBe(true);
          counted++;
        }
        for (const release of [0, 1] as const) {
          const store = await open(rootOf(release)).catch(() => undefined);
          if (!store) continue;
          expect(await count(store)).toBe(counted);
          await store.close();
          return;
        }
        throw new Error('the store is lost');
      }),
      { numRuns: 5 * Number(process.env['GAIWAN_PROPERTY_FACTOR'] ?? 1) },
    );
  });
});
