/** The sealed root key's files: which are candidates, and what each step leaves for a program that starts after a crash. */
import { createHmac, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { derivedKeySealer, type Registers, type Sealer, SealingError, sealedRootKey } from './index.ts';

const secret = randomBytes(32);
const on = (mrTd: string): Sealer =>
  derivedKeySealer({
    registers: { mrTd },
    key: async (registers: Registers) =>
      new Uint8Array(createHmac('sha256', secret).update(JSON.stringify(registers)).digest()),
  });
const [v1, v2, v3] = [on('01'), on('02'), on('03')];

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gaiwan-root-key-'));
  path = join(folder, 'root.sealed');
});
afterEach(() => rm(folder, { recursive: true }));

const root = (sealer: Sealer) => sealedRootKey(path, sealer);
const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex');
/** What a store would try, in this order. */
const keys = async (sealer: Sealer, create = false) =>
  (await root(sealer).load({ create })).map(({ bytes }) => hex(bytes));
/** The names of the files, without the random parts. */
const files = async () =>
  (await readdir(folder)).map((name) => name.replaceAll(/\.[0-9a-f]{16}/g, '.HEX')).sort();
const refused = (code: SealingError['code']) =>
  expect.objectContaining({ name: 'SealingError', code }) as SealingError;

async function made(): Promise<string> {
  const [key] = await root(v1).load({ create: true });
  await key?.settle();
  return hex(key?.bytes);
}

/** As a start of a store that is wrapped under this key. */
async function settle(sealer: Sealer, key: string): Promise<void> {
  const found = (await root(sealer).load({ create: false })).find(({ bytes }) => hex(bytes) === key);
  if (!found) throw new Error('the key is lost');
  await found.settle();
}

describe('a sealed root key', () => {
  it('is made once, sealed before it is used, and comes back', async () => {
    await expect(keys(v1)).rejects.toEqual(refused('no-sealed-key'));
    const key = await made();
    expect(key).toHaveLength(64);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await keys(v1)).toEqual([key]);
    expect(await files()).toEqual(['root.sealed']);
  });

  it('is not made where it would not come back', async () => {
    const broken: Sealer = { seal: async () => new Uint8Array(40), unseal: (blob) => v1.unseal(blob) };
    await expect(keys(broken, true)).rejects.toEqual(refused('not-unsealable'));
    expect(await files()).toEqual([]);
  });

  it('of another program is never written over, also where a store is new', async () => {
    await made();
    const before = await readFile(path);
    await expect(keys(v2, true)).rejects.toEqual(refused('store-gone'));
    expect(await readFile(path)).toEqual(before);
  });

  it('of a store that is gone makes no other store, and one of a first start that was cut off does', async () => {
    const [first] = await keys(v1, true);
    expect(await files()).toEqual(['root.sealed.HEX']);
    expect(await keys(v1, true)).toEqual([first]);
    await settle(v1, first as string);
    expect(await files()).toEqual(['root.sealed']);
    await expect(keys(v1, true)).rejects.toEqual(refused('store-gone'));
    expect(await keys(v1)).toEqual([first]);
  });

  it('that is another secret, cut off, too long or unreadable, is told', async () => {
    for (const blob of [await v1.seal(randomBytes(16)), Buffer.alloc(0), Buffer.alloc(200_000)]) {
      await writeFile(path, blob);
      await expect(keys(v1)).rejects.toEqual(refused('not-unsealable'));
    }
    await rm(path);
    await mkdir(path);
    await expect(keys(v1)).rejects.toEqual(refused('failed'));
    const nowhere = sealedRootKey(join(folder, 'no', 'such', 'folder'), v1);
    await expect(nowhere.load({ create: true })).rejects.toEqual(refused('failed'));
  });
});

describe('handing it over', () => {
  it('opens for both until the next one has started', async () => {
    const key = await made();
    await root(v1).reseal(v2);
    expect(await files()).toEqual(['root.sealed', 'root.sealed.next']);
    await settle(v1, key);
    await expect(keys(v3)).rejects.toEqual(refused('wrong-measurement'));
    expect(await keys(v2)).toEqual([key]);
    // It was loaded, and did not open a store yet.
    expect(await keys(v1)).toEqual([key]);
    await settle(v2, key);
    expect(await files()).toEqual(['root.sealed']);
    await expect(keys(v1)).rejects.toEqual(refused('wrong-measurement'));
    expect(await keys(v2)).toEqual([key]);
  });

  it('to two after one another, in the middle of a start, leaves both what they were handed', async () => {
    const key = await made();
    await root(v1).reseal(v2);
    const [start] = await root(v2).load({ create: false });
    await root(v1).reseal(v3);
    await start?.settle();
    expect(await files()).toEqual(['root.sealed', 'root.sealed.next']);
    expect(await keys(v2)).toEqual([key]);
    expect(await keys(v3)).toEqual([key]);
  });

  it('is no matter for others whatever the file is', async () => {
    const key = await made();
    await mkdir(`${path}.next`);
    expect(await keys(v1)).toEqual([key]);
    await expect(keys(v2)).rejects.toEqual(refused('wrong-measurement'));
  });
});

describe('another key', () => {
  it('stands beside the one that holds until it is settled', async () => {
    const first = await made();
    const { bytes, settle: done } = await root(v1).another();
    const second = hex(bytes);
    expect(second).not.toBe(first);
    expect(await files()).toEqual(['root.sealed', 'root.sealed.HEX']);
    expect(await keys(v1)).toEqual([first, second]);
    await done();
    expect(await files()).toEqual(['root.sealed']);
    expect(await keys(v1)).toEqual([second]);
  });

  it('takes away none that the store may be wrapped under, however many were begun', async () => {
    const first = await made();
    const begun: string[] = [];
    for (let n = 0; n < 3; n++) {
      begun.unshift(hex((await root(v1).another()).bytes));
      const at = new Date(1e12 + n * 1000);
      for (const name of await readdir(folder)) {
        const file = join(folder, name);
        if ((await stat(file)).mtimeMs > 1e12 + 1e6) await utimes(file, at, at);
      }
    }
    // Newest first.
    expect(await keys(v1)).toEqual([first, ...begun]);
    const middle = begun[1] as string;
    await settle(v1, middle);
    expect(await files()).toEqual(['root.sealed']);
    expect(await keys(v1)).toEqual([middle]);
  });

  it('that was settled takes away those that were begun before, and none that were begun since', async () => {
    await made();
    await root(v1).another();
    const { bytes, settle: done } = await root(v1).another();
    const since = await root(v1).another();
    await done();
    expect(await keys(v1)).toEqual([hex(bytes), hex(since.bytes)]);
  });

  it('of a program that ran before, or of half a write, is passed over and then removed', async () => {
    const key = await made();
    await root(v1).another();
    await writeFile(`${path}.0123456789abcdef`, Buffer.alloc(10));
    await writeFile(`${path}.0123456789abcdef.tmp`, Buffer.alloc(10));
    await writeFile(`${path}.0123456789abcdef.fedcba9876543210.tmp`, Buffer.alloc(10));
    // Of a handover, too.
    await writeFile(`${path}.next.0123456789abcdef.tmp`, Buffer.alloc(10));
    await writeFile(path, await v2.seal(Buffer.from(key, 'hex')));
    expect(await keys(v2)).toEqual([key]);
    await expect(keys(v3)).rejects.toEqual(refused('wrong-measurement'));
    await settle(v2, key);
    expect(await files()).toEqual(['root.sealed']);
  });

  it('is not made while a handover is pending, which stays', async () => {
    const key = await made();
    await root(v1).reseal(v2);
    await expect(root(v1).another()).rejects.toEqual(refused('handover-pending'));
    await expect(root(v1).another()).rejects.toThrow(/start the release that the key was sealed for/);
    // Nor is the machine asked to seal one for nothing.
    const never: Sealer = { ...v1, seal: () => Promise.reject(new Error('asked')) };
    await expect(root(never).another()).rejects.toEqual(refused('handover-pending'));
    expect(await files()).toEqual(['root.sealed', 'root.sealed.next']);
    expect(await keys(v2)).toEqual([key]);
  });

  it('cannot be told from the one that holds where it could not be asked for', async () => {
    await made();
    const next = await root(v1).another();
    const [name = ''] = (await readdir(folder)).filter((one) => one !== 'root.sealed');
    const blob = await readFile(join(folder, name));
    const away: Sealer = {
      seal: (given) => v1.seal(given),
      unseal: async (given) => {
        if (blob.equals(given)) throw new SealingError('failed', 'The broker is away.');
        return v1.unseal(given);
      },
    };
    await expect(root(away).load({ create: false })).rejects.toThrow('The broker is away.');
    await next.settle();
  });
});

describe('a handover and a rotation at the same time', () => {
  it('is refused while another key is begun, or was when the program ended', async () => {
    const first = await made();
    const { bytes } = await root(v1).another();
    await expect(root(v1).reseal(v2)).rejects.toEqual(refused('rotating'));
    await expect(root(v1).reseal(v2)).rejects.toThrow('start the platform once, then hand the key over');
    expect(await keys(v1)).toEqual([first, hex(bytes)]);
    expect(await files()).not.toContain('root.sealed.next');
    // What another handover has left is not touched.
    await writeFile(`${path}.next`, 'left');
    await expect(root(v1).reseal(v2)).rejects.toEqual(refused('rotating'));
    expect(await readFile(`${path}.next`, 'utf8')).toBe('left');
    await settle(v1, hex(bytes));
    await root(v1).reseal(v2);
    expect(await keys(v2)).toEqual([hex(bytes)]);
  });

  /** Another process rotates in the middle of a handover, up to a step. */
  it.each(['begun', 'settled'] as const)('is refused where another key was %s meanwhile', async (how) => {
    const first = await made();
    let second = '';
    const during: Sealer = {
      unseal: (blob) => v2.unseal(blob),
      async seal(key) {
        const { bytes, settle: done } = await root(v1).another();
        second = hex(bytes);
        if (how === 'settled') await done();
        return v2.seal(key);
      },
    };
    await expect(root(v1).reseal(during)).rejects.toEqual(refused('rotating'));
    expect(await files()).not.toContain('root.sealed.next');
    expect(await keys(v1)).toEqual(how === 'settled' ? [second] : [first, second]);
  });

  it('is refused to the rotation where a handover begins while another key is made', async () => {
    const first = await made();
    let handed = false;
    const during: Sealer = {
      unseal: (blob) => v1.unseal(blob),
      async seal(key) {
        if (!handed) await root(v1).reseal(v2);
        handed = true;
        return v1.seal(key);
      },
    };
    await expect(root(during).another()).rejects.toEqual(refused('handover-pending'));
    expect(await files()).toEqual(['root.sealed', 'root.sealed.next']);
    expect(await keys(v1)).toEqual([first]);
    expect(await keys(v2)).toEqual([first]);
  });
});
