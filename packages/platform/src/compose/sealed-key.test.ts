import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { derivedKeySealer, type Machine, type Sealer, SealingError } from '@gaiwan/enclave';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sealedKeyOf } from './sealed-key.ts';
import { openSealedStore, type SealedStore } from './sealed-store.ts';

const on = (mrTd: string): Sealer =>
  derivedKeySealer({ registers: { mrTd }, key: async () => new Uint8Array(32) });
const machineOf = (sealer: Sealer | undefined, more: Partial<Machine> = {}) =>
  ({ sealer, attester: { kind: 'simulation' }, ...more }) as Machine;

let data: string;
let reported: unknown[];
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'gaiwan-sealed-key-'));
  reported = [];
});
afterEach(() => rm(data, { recursive: true }));

const clock = { now: Date.now };
const report = (error: unknown) => void reported.push(error);
const open = (machine: Machine): Promise<SealedStore> => openSealedStore(data, machine, { clock, report });

describe('what is said of a root key that is kept back', () => {
  const refuse = async () => {
    throw new SealingError('wrong-measurement', 'The broker keeps it.', { registers: ['mrTd'] });
  };
  const refusing: Sealer = { seal: refuse, unseal: refuse };

  it('names the release that can hand it on', async () => {
    const [first] = await sealedKeyOf(data, machineOf(on('01'))).load({ create: true });
    await first?.settle();
    await expect(sealedKeyOf(data, machineOf(on('02'))).load({ create: false })).rejects.toMatchObject({
      code: 'sealing-wrong-measurement',
      subjects: ['mrTd'],
      message: expect.stringMatching(/stays closed\. .*gaiwan reseal/),
    });
  });

  it('names the owner of the key broker where that decides', async () => {
    const machine = machineOf(refusing, { keyBroker: 'https://broker' });
    await writeFile(join(data, 'root.sealed'), 'x');
    const key = sealedKeyOf(data, machine);
    const attempts: [() => Promise<unknown>, string][] = [
      [() => key.load({ create: false }), 'stays closed'],
      [() => key.another(), 'were not rotated'],
      [() => key.reseal(on('02')), 'was not handed over'],
    ];
    for (const [attempt, what] of attempts) {
      const error = await attempt().catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: 'sealing-wrong-measurement', subjects: ['mrTd'] });
      const { message } = error as Error;
      expect(message).toContain(what);
      expect(message).toContain("The broker's owner decides");
      expect(message).not.toContain('gaiwan reseal');
    }
  });

  it('names a broker or a TPM where the machine keeps none', async () => {
    expect(() => sealedKeyOf(data, machineOf(undefined))).toThrow(
      expect.objectContaining({ code: 'no-sealing' }),
    );
  });
});

describe('a sealed store', () => {
  it('rotates its keys when asked, but not while a handover is pending', async () => {
    const store = await open(machineOf(on('01')));
    await store.commit({ put: [{ key: ['a'], value: Buffer.from('kept') }] });
    await store.rotateKeys();
    await sealedKeyOf(data, machineOf(on('01'))).reseal(on('02'));
    await expect(store.rotateKeys()).rejects.toMatchObject({
      code: 'sealing-handover-pending',
      message: expect.stringMatching(/were not rotated.*start the release that the key was sealed for/),
    });
    await store.close();
    const next = await open(machineOf(on('02')));
    expect(Buffer.from((await next.get(['a']))?.value ?? []).toString()).toBe('kept');
    await next.rotateKeys();
    await next.close();
    expect((await readdir(data)).sort()).toEqual(['root.sealed', 'store']);
    expect(reported).toEqual([]);
  });

  it('whose store is gone beside its key is not made anew, and one of a first start that was cut off is', async () => {
    await sealedKeyOf(data, machineOf(on('01'))).load({ create: true });
    await (await open(machineOf(on('01')))).close();
    expect((await readdir(data)).sort()).toEqual(['root.sealed', 'store']);
    await rm(join(data, 'store'), { recursive: true });
    for (const _ of [1, 2])
      await expect(open(machineOf(on('01')))).rejects.toMatchObject({ code: 'sealing-store-gone' });
  });

  it('of another version of the format says so', async () => {
    await (await open(machineOf(on('01')))).close();
    const db = new DatabaseSync(join(data, 'store', 'store.sqlite'));
    db.exec('PRAGMA user_version = 1');
    db.close();
    await expect(open(machineOf(on('01')))).rejects.toMatchObject({ code: 'data-folder-format' });
  });
});
