/** The whole data folder is put back, forked, and its anchor in a TPM removed: by whoever has the disk, and owns the TPM. */
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Machine, openMachine } from '@gaiwan/enclave';
import { openEmbeddedStore } from '@gaiwan/store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { noTpm, Swtpm } from '../../packages/enclave/src/testing/swtpm.ts';
import { openAnchoredStore } from '../../packages/platform/src/compose/sealed-store.ts';

const key = ['k'];
const value = (text: string) => new Uint8Array(Buffer.from(text));
const rolledBack = { code: 'data-folder-state-rolled-back' };

if (noTpm) console.log(`SKIPPED: a rollback with an anchor in a TPM: ${noTpm}`);
let tpm: Swtpm;
let folder: string;
let machine: Machine;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  if (noTpm) return;
  tpm = await Swtpm.start();
  folder = await mkdtemp(join(tmpdir(), 'gaiwan-tpm-rollback-'));
  const program = { bundle: 'ab'.repeat(32), configuration: 'cd'.repeat(32) };
  const settings = { tee: 'tpm', tpm: `unix:${tpm.socket}`, anchor: { kind: 'tpm', interval: 0 } } as const;
  machine = await openMachine(settings, program);
});
afterAll(async () => {
  await tpm?.stop();
  if (folder) await rm(folder, { recursive: true });
});

const open = (name: string, recover?: Parameters<typeof openAnchoredStore>[2]['recover']) =>
  openAnchoredStore(at(name), machine, recover ? { recover } : {});
async function write(name: string, text: string): Promise<void> {
  const store = await open(name);
  await store.commit({ put: [{ key, value: value(text) }] });
  await store.close();
}
async function read(name: string): Promise<string> {
  const store = await open(name);
  const entry = await store.get(key);
  await store.close();
  return Buffer.from(entry?.value ?? []).toString();
}
const copy = (from: string, to: string) => cp(at(from), at(to), { recursive: true });
/** The anchor's counter and records. */
const indices = (): Promise<readonly number[]> =>
  tpm.use(async (open) => {
    const owners = (await open.handles(0x01)).filter((index) => index >= 0x01800000 && index <= 0x01bfffff);
    expect(owners).toHaveLength(2);
    return owners.sort((a, b) => a - b);
  });
const removeIndices = async (): Promise<void> => tpm.undefine(...(await indices()));

it.skipIf(noTpm)(
  'an older folder, a fork and a folder without its anchor are refused, until a recovery',
  async () => {
    await write('data', 'one');
    await copy('data', 'older');
    await write('data', 'two');
    await copy('data', 'same');
    expect(await read('data')).toBe('two');
    await expect(read('older')).rejects.toMatchObject(rolledBack);
    // The older one goes on for itself: as many commits, another content.
    const unchecked = await openEmbeddedStore({
      folder: join(at('older'), 'store'),
      rootKey: { load: (options) => rootKeyOf('older', options) },
      anchor: 'unchecked',
    });
    await unchecked.commit({ put: [{ key, value: value('fork') }] });
    await unchecked.close();
    await expect(read('older')).rejects.toMatchObject(rolledBack);
    // A copy of the newest is the newest.
    expect(await read('same')).toBe('two');

    // The owner of the TPM makes it forget: nobody takes that for a new folder.
    await removeIndices();
    await expect(read('data')).rejects.toMatchObject(rolledBack);
    await expect(read('older')).rejects.toMatchObject(rolledBack);

    // Somebody decides for one of them.
    const recovered: number[] = [];
    const store = await open('data', ({ epoch }) => {
      recovered.push(epoch);
      return {};
    });
    await store.close();
    expect(recovered).toEqual([2]);
    await copy('data', 'resting');
    expect(await read('data')).toBe('two');
    await expect(read('older')).rejects.toMatchObject(rolledBack);
    await expect(read('same')).rejects.toMatchObject(rolledBack);

    // The TPM forgets again: neither the newest nor a copy from right after the recovery takes it for a new one.
    await write('data', 'three');
    await removeIndices();
    await expect(read('resting')).rejects.toMatchObject(rolledBack);
    await expect(read('data')).rejects.toMatchObject(rolledBack);
    expect((await readdir(folder)).sort()).toEqual(['data', 'older', 'resting', 'same']);
  },
);

it.skipIf(noTpm)(
  'an anchor that has lost one of its indices is refused as unreadable, also by a recovery, until both are gone',
  async () => {
    const accept = () => ({});
    await (await open('data', accept)).close();
    const [counter = 0, records = 0] = await indices();
    await tpm.undefine(counter);
    const names = expect.stringContaining(`0x0${records.toString(16)}`);
    const unreadable = { code: 'data-folder-anchor-unreadable', message: names };
    await expect(read('data')).rejects.toMatchObject(unreadable);
    await expect(open('data', accept)).rejects.toMatchObject(unreadable);
    await tpm.undefine(records);
    await expect(read('data')).rejects.toMatchObject(rolledBack);
    // Clients have seen what nobody else remembers.
    const store = await openAnchoredStore(at('data'), machine, { recover: accept, minEpoch: 9 });
    expect((await store.head()).epoch).toBe(9);
    await store.close();
    expect(await read('data')).toBe('three');
  },
);

async function rootKeyOf(name: string, options: { readonly create: boolean }) {
  const { sealedKeyOf } = await import('../../packages/platform/src/compose/sealed-key.ts');
  return sealedKeyOf(at(name), machine).load(options);
}
