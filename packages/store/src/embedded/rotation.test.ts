/** Other keys while the store is in use, and after a crash at any step. */
import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { rootKeyHandle, unwrapKeys } from '../key-ring.ts';
import { fileRootKey, type RootKeyProvider } from '../root-key.ts';
import { bytes, refused, shown } from '../testing/cases.ts';
import { openEmbeddedStore } from './open.ts';

/** Keeps keys as files would: the one that holds first, then those of rotations, newest first. */
class Keeper implements RootKeyProvider {
  keys = [randomBytes(32)];
  /** Where the process dies, or the disk fails. */
  trouble: 'before-store' | 'in-settle' | undefined;
  get current() {
    return this.keys[0] as Buffer;
  }
  readonly #candidate = (key: Buffer<ArrayBuffer>) => ({
    bytes: Uint8Array.from(key),
    settle: async () => {
      if (this.trouble === 'in-settle') throw new Error('the disk failed');
      this.keys = [key];
    },
  });
  readonly load = async () => this.keys.map(this.#candidate);
  readonly another = async () => {
    const key = randomBytes(32);
    this.keys.splice(1, 0, key);
    if (this.trouble === 'before-store') throw new Error('crash');
    return this.#candidate(key);
  };
}

/** Hands out one key, and no other. */
const only = (key: Uint8Array): RootKeyProvider => ({
  load: async () => [{ bytes: Uint8Array.from(key), settle: async () => undefined }],
});

let folder: string;
let keeper: Keeper;
let reported: unknown[];
beforeEach(async () => {
  reported = [];
  folder = await mkdtemp(join(tmpdir(), 'gaiwan-rotation-'));
  keeper = new Keeper();
});
afterEach(() => rm(folder, { recursive: true }));

const at = () => join(folder, 'data');
const open = (rootKey: RootKeyProvider = keeper) =>
  openEmbeddedStore({ folder: at(), rootKey, report: (error) => reported.push(error) });

const FACTOR = Number(process.env['GAIWAN_PROPERTY_FACTOR'] ?? 1);
/** Under load; `COMMITS` of each of ten writers. */
const [ROTATIONS, COMMITS] = [8 * FACTOR, 80 * FACTOR];
/** Entries, items and lines: so many that sealing anew takes several steps of 200 rows. */
const EACH = 300;
const IDS = Array.from({ length: EACH }, (_, index) => String(index));

/** Made once, and copied for each test. */
const template = new Keeper();
let templateFolder: string;
beforeAll(async () => {
  templateFolder = await mkdtemp(join(tmpdir(), 'gaiwan-rotation-template-'));
  const store = await openEmbeddedStore({ folder: templateFolder, rootKey: template });
  await store.commit({
    put: IDS.map((id) => ({ key: ['task', id], value: bytes(`value ${id}`) })),
    queue: IDS.map((id) => ({ op: 'enqueue', queue: 'work', id, payload: bytes(`payload ${id}`) }) as const),
    append: IDS.map((id) => ({ log: 'events', value: bytes(`line ${id}`) })),
  });
  await store.close();
});
afterAll(() => rm(templateFolder, { recursive: true }));

async function filled() {
  await cp(templateFolder, at(), { recursive: true });
  keeper.keys = template.keys.map((key) => Buffer.from(key));
  return open();
}

async function everythingIsThere(store: Awaited<ReturnType<typeof open>>): Promise<void> {
  for (const id of ['0', '150', '299']) expect(shown(await store.get(['task', id]))).toBe(`1 value ${id}`);
  const items = await store.queue('work', { limit: 1000 });
  expect(items.map(({ payload }) => Buffer.from(payload).toString())).toEqual(
    items.map(({ id }) => `payload ${id}`),
  );
  expect(items).toHaveLength(EACH);
  const lines = await store.log('events', { limit: 1000 });
  expect(lines).toHaveLength(EACH);
  expect(lines.map(({ value }) => Buffer.from(value).toString())).toEqual(
    lines.map(({ index }) => `line ${index}`),
  );
}

/** Numbers of the generations that the store on the disk still has. */
function generations(): number[] {
  const db = new DatabaseSync(join(at(), 'store.sqlite'), { readOnly: true });
  try {
    const row = db.prepare("SELECT sealed FROM meta WHERE name = 'keys'").get();
    const ring = unwrapKeys(rootKeyHandle(Uint8Array.from(keeper.current)), row?.['sealed'] as Uint8Array);
    return ring.generations.map(({ number }) => number);
  } finally {
    db.close();
  }
}

describe('rotating the keys', () => {
  it('leaves nothing under the old ones, and everything where it was', async () => {
    const store = await filled();
    const before = keeper.current;
    const { resealed } = await store.rotateKeys();
    expect(keeper.current.equals(before)).toBe(false);
    await resealed;
    await everythingIsThere(store);
    await store.close();
    expect(generations()).toEqual([1]);
    await refused(open(only(before)), 'tampered');
    const again = await open();
    await everythingIsThere(again);
    await again.close();
  });

  it('makes what is written from then on unreadable with an old root key and an old copy', async () => {
    const store = await filled();
    await store.close();
    await cp(at(), join(folder, 'old'), { recursive: true });
    const old = Uint8Array.from(keeper.current);
    const rotated = await open();
    await (await rotated.rotateKeys()).resealed;
    await rotated.commit({ put: [{ key: ['task', 'new'], value: bytes('new') }] });
    await rotated.close();
    // The thief has the old root key, and with it all old keys of the store; he puts them beside the new rows.
    const [thief, now] = [
      new DatabaseSync(join(folder, 'old', 'store.sqlite')),
      new DatabaseSync(join(at(), 'store.sqlite')),
    ];
    const wrapped = thief.prepare("SELECT sealed FROM meta WHERE name = 'keys'").get()?.['sealed'];
    now.prepare("UPDATE meta SET sealed = ? WHERE name = 'keys'").run(wrapped as Uint8Array);
    thief.close();
    now.close();
    await refused(open(only(old)), 'state-tampered');
    // And the sealed root of then.
    const [before, after] = [
      new DatabaseSync(join(folder, 'old', 'store.sqlite')),
      new DatabaseSync(join(at(), 'store.sqlite')),
    ];
    const root = before.prepare("SELECT sealed FROM meta WHERE name = 'root'").get()?.['sealed'];
    after.prepare("UPDATE meta SET sealed = ? WHERE name = 'root'").run(root as Uint8Array);
    before.close();
    after.close();
    await refused(open(only(old)), 'state-tampered');
  });

  it(`goes on under load: ${ROTATIONS} rotations, ${10 * COMMITS} commits, none fails and none is lost`, async () => {
    const store = await filled();
    let rotations = 0;
    const rotating = (async () => {
      for (; rotations < ROTATIONS; rotations++) await (await store.rotateKeys()).resealed;
    })();
    const writers = Array.from({ length: 10 }, async (_, writer) => {
      for (let n = 1; n <= COMMITS; n++) {
        await store.commit({ put: [{ key: ['writer', String(writer)], value: bytes(String(n)) }] });
        expect(shown(await store.get(['writer', String(writer)]))).toBe(`${n} ${n}`);
      }
    });
    await Promise.all([rotating, ...writers]);
    await everythingIsThere(store);
    await store.close();
    expect(generations()).toEqual([ROTATIONS]);
  });

  it('begins anew when keys are rotated again before all is sealed anew', async () => {
    const store = await filled();
    const first = await store.rotateKeys();
    const second = await store.rotateKeys();
    await Promise.all([first.resealed, second.resealed]);
    await everythingIsThere(store);
    await store.close();
    expect(generations()).toEqual([2]);
  });

  it('is gone on with after an end in the middle', async () => {
    const store = await filled();
    await store.rotateKeys();
    await store.close();
    expect(generations()).toEqual([1, 0]);
    const again = await open();
    await everythingIsThere(again);
    // Waits for what the start has begun.
    await again.reseal();
    await again.close();
    expect(generations()).toEqual([1]);
  });

  it('survives a crash before the store is wrapped under the new key', async () => {
    const store = await filled();
    keeper.trouble = 'before-store';
    await expect(store.rotateKeys()).rejects.toThrow('crash');
    await store.close();
    keeper.trouble = undefined;
    const again = await open();
    await everythingIsThere(again);
    expect(keeper.keys).toHaveLength(1);
    await (await again.rotateKeys()).resealed;
    await everythingIsThere(again);
    await again.close();
  });

  it('goes on where the new key cannot take its place, and then a crash cuts the next rotation off', async () => {
    const store = await filled();
    keeper.trouble = 'in-settle';
    await (await store.rotateKeys()).resealed;
    expect(reported).toMatchObject([{ message: 'the disk failed' }]);
    keeper.trouble = 'before-store';
    await expect(store.rotateKeys()).rejects.toThrow('crash');
    await store.close();
    expect(keeper.keys).toHaveLength(3);
    keeper.trouble = 'in-settle';
    const cut = await open();
    await everythingIsThere(cut);
    await cut.close();
    expect(reported).toHaveLength(2);
    keeper.trouble = undefined;
    await (await open()).close();
    expect(keeper.keys).toHaveLength(1);
    const again = await open();
    await everythingIsThere(again);
    await again.close();
  });

  it('tells at the start that a value cannot be sealed anew, and is done when that one is gone', async () => {
    const store = await filled();
    await store.rotateKeys();
    await store.close();
    expect(generations()).toEqual([1, 0]);
    const db = new DatabaseSync(join(at(), 'store.sqlite'));
    // The last row in the order of the table: the first ones may have been sealed anew before the end.
    const last = db.prepare('SELECT key FROM entry ORDER BY key DESC LIMIT 1').get()?.['key'] as Uint8Array;
    db.prepare('UPDATE entry SET body = substr(body, 1, 8) WHERE key = ?').run(last);
    db.close();
    const again = await open();
    await expect.poll(() => reported).toMatchObject([{ code: 'tampered' }]);
    await refused(again.reseal(), 'tampered');
    for (const id of IDS) {
      const found = await again.get(['task', id]).catch(() => undefined);
      if (!found) await again.commit({ delete: [['task', id]] });
    }
    await again.reseal();
    await again.close();
    expect(generations()).toEqual([1]);
    expect(reported).toHaveLength(1);
  });

  it('wipes every key that it was handed, and tells where none is the one', async () => {
    await (await filled()).close();
    const strangers = [randomBytes(32), randomBytes(32), randomBytes(32)];
    let settled = 0;
    const rootKey: RootKeyProvider = {
      load: async () => strangers.map((bytes) => ({ bytes, settle: async () => void settled++ })),
    };
    await expect(open(rootKey)).rejects.toMatchObject({
      code: 'tampered',
      message: expect.stringMatching(/same backup; a root key whose handover was made .* new handover/),
    });
    expect(settled).toBe(0);
    for (const key of strangers) expect(key).toEqual(Buffer.alloc(32));
    await refused(open({ load: async () => [] }), 'root-key');
    await (await open()).close();
  });

  it('is refused where the root key cannot be changed', async () => {
    const store = await open(fileRootKey(join(folder, 'root.key')));
    await refused(store.rotateKeys(), 'root-key');
    await store.close();
  });
});
