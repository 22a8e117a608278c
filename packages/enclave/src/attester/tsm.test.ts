/**
 * configfs-tsm: what the kernel (6.12) was seen to do, numbered, for both doubles: the one in memory and the one that is mounted
 * by FUSE in a process of its own. Then the attester with the real file operations on the mounted one.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readFile, rename, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { verify } from '@gaiwan/attestation';
import { FAKE_NOW, fakeIntel } from '@gaiwan/attestation-kit/machines';
import { afterAll, describe, expect, it } from 'vitest';
import { TsmDouble } from '../testing/tsm-double.ts';
import { TsmFuse } from '../testing/tsm-fuse.ts';
import type { TsmFaults } from '../testing/tsm-model.ts';
import { configfsAttester, detectConfigfs } from './configfs.ts';
import { nodeFiles } from './files.ts';

const intel = await fakeIntel();
/** As real ones: no two quotes about the same data have the same bytes. */
const provider = (inblob: Uint8Array) => intel.quote({ reportData: Buffer.from(inblob).toString('hex') });

interface Writing {
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}
/** The file operations that the list is about. */
interface System {
  readonly base: string;
  setFaults(faults: TsmFaults): Promise<void>;
  mkdir(path: string): Promise<unknown>;
  rmdir(path: string): Promise<unknown>;
  rename(from: string, to: string): Promise<unknown>;
  create(path: string): Promise<unknown>;
  read(path: string): Promise<Uint8Array>;
  openToWrite(path: string): Promise<Writing>;
}

function inMemory(): System {
  const double = new TsmDouble('tdx_guest', provider);
  return {
    base: '/tsm',
    ...double.files,
    async setFaults(faults) {
      double.faults = faults;
    },
    rename: async () => double.rename(),
    create: async () => double.create(),
    async openToWrite(path) {
      const parts = path.split('/');
      const handle = double.open(parts.slice(0, -1).join('/'), parts.at(-1) ?? '', 'write');
      return { write: async (bytes) => double.write(handle, bytes), close: async () => double.close(handle) };
    },
  };
}

const mounted = (fuse: TsmFuse): System => ({
  base: fuse.base,
  setFaults: (faults) => fuse.setFaults(faults),
  mkdir: (path) => mkdir(path),
  rmdir,
  rename,
  create: (path) => writeFile(path, ''),
  read: (path) => nodeFiles.read(path),
  async openToWrite(path) {
    const file = await open(path, constants.O_WRONLY);
    return { write: async (bytes) => void (await file.write(bytes)), close: () => file.close() };
  },
});

const fuse = await TsmFuse.start();
if (typeof fuse === 'string') console.log(`SKIPPED: configfs-tsm as a mounted file system: ${fuse}`);
afterAll(async () => {
  if (typeof fuse !== 'string') await fuse.stop();
});

const codeOf = (action: Promise<unknown>) =>
  action.then(
    () => 'ok',
    (error: NodeJS.ErrnoException) => error.code,
  );
async function write(system: System, path: string, ...parts: readonly Uint8Array[]): Promise<void> {
  const file = await system.openToWrite(path);
  try {
    for (const part of parts) await file.write(part);
  } finally {
    await file.close();
  }
}
const blob = (byte: number, length = 64) => new Uint8Array(length).fill(byte);
const generation = async (system: System, folder: string) =>
  Number(Buffer.from(await system.read(`${folder}/generation`)).toString());

type Rule = readonly [what: string, check: (system: System, folder: string) => Promise<void>];
const rules: readonly Rule[] = [
  [
    '1. mkdir without a provider: ENXIO',
    async (system, folder) => {
      await system.setFaults({ provider: '' });
      expect(await codeOf(system.mkdir(`${folder}-2`))).toBe('ENXIO');
    },
  ],
  [
    '2. mkdir of what is there: EEXIST',
    async (system, folder) => expect(await codeOf(system.mkdir(folder))).toBe('EEXIST'),
  ],
  [
    '3. mkdir without the right to: EACCES',
    async (system, folder) => {
      await system.setFaults({ noRoot: true });
      expect(await codeOf(system.mkdir(`${folder}-2`))).toBe('EACCES');
    },
  ],
  [
    '4. outblob before inblob: EINVAL',
    async (system, folder) => expect(await codeOf(system.read(`${folder}/outblob`))).toBe('EINVAL'),
  ],
  [
    '5. inblob takes 64 bytes; 65, also in two writes: EFBIG',
    async (system, folder) => {
      const path = `${folder}/inblob`;
      expect(await codeOf(write(system, path, blob(1, 65)))).toBe('EFBIG');
      expect(await codeOf(write(system, path, blob(1, 60), blob(1, 5)))).toBe('EFBIG');
      expect(await codeOf(write(system, path, blob(1)))).toBe('ok');
    },
  ],
  [
    '6. inblob counts when it is closed: until then nothing of it is there',
    async (system, folder) => {
      const file = await system.openToWrite(`${folder}/inblob`);
      await file.write(blob(1));
      expect(await generation(system, folder)).toBe(0);
      expect(await codeOf(system.read(`${folder}/outblob`))).toBe('EINVAL');
      await file.close();
      expect(await generation(system, folder)).toBe(1);
    },
  ],
  [
    '7. several writes in one open join, and count as one',
    async (system, folder) => {
      await write(system, `${folder}/inblob`, blob(1, 20), blob(2, 40), blob(3, 4));
      expect(await generation(system, folder)).toBe(1);
      const data = '01'.repeat(20) + '02'.repeat(40) + '03'.repeat(4);
      expect(Buffer.from(await system.read(`${folder}/outblob`)).toString('hex')).toContain(data);
    },
  ],
  [
    '8. each that counts raises the generation, one of privlevel too',
    async (system, folder) => {
      for (const count of [1, 2]) {
        await write(system, `${folder}/inblob`, blob(count));
        expect(await generation(system, folder)).toBe(count);
      }
      await write(system, `${folder}/privlevel`, Buffer.from('1'));
      expect(await generation(system, folder)).toBe(3);
    },
  ],
  [
    '9. outblob is the same when it is read again, and another after another inblob',
    async (system, folder) => {
      await write(system, `${folder}/inblob`, blob(1));
      const first = await system.read(`${folder}/outblob`);
      expect(await system.read(`${folder}/outblob`)).toEqual(first);
      await write(system, `${folder}/inblob`, blob(1));
      expect(await system.read(`${folder}/outblob`)).not.toEqual(first);
    },
  ],
  [
    '10. an error of the provider comes with reading outblob',
    async (system, folder) => {
      await system.setFaults({ busy: ['EINVAL', 'EBUSY'] });
      expect(await codeOf(write(system, `${folder}/inblob`, blob(1)))).toBe('ok');
      expect(await codeOf(system.read(`${folder}/outblob`))).toBe('EINVAL');
      expect(await codeOf(system.read(`${folder}/outblob`))).toBe('EBUSY');
      expect(await codeOf(system.read(`${folder}/outblob`))).toBe('ok');
    },
  ],
  [
    '11. files for writing cannot be read, and those for reading not written, also by root: EACCES',
    async (system, folder) => {
      for (const name of ['inblob', 'privlevel'])
        expect(await codeOf(system.read(`${folder}/${name}`)), name).toBe('EACCES');
      for (const name of ['outblob', 'auxblob', 'generation', 'provider'])
        expect(await codeOf(system.openToWrite(`${folder}/${name}`)), name).toBe('EACCES');
    },
  ],
  [
    '12. privlevel 4: EINVAL',
    async (system, folder) =>
      expect(await codeOf(write(system, `${folder}/privlevel`, Buffer.from('4')))).toBe('EINVAL'),
  ],
  [
    '13. rename: EPERM',
    async (system, folder) => expect(await codeOf(system.rename(folder, `${folder}-2`))).toBe('EPERM'),
  ],
  [
    '14. a file of one’s own: EACCES',
    async (system, folder) => {
      expect(await codeOf(system.create(`${folder}/mine`))).toBe('EACCES');
      expect(await codeOf(system.create(`${folder}-2`))).toBe('EACCES');
    },
  ],
  [
    '15. auxblob is empty where there is none',
    async (system, folder) => expect(await system.read(`${folder}/auxblob`)).toHaveLength(0),
  ],
  [
    '16. rmdir takes the folder with everything in it',
    async (system, folder) => {
      await write(system, `${folder}/inblob`, blob(1));
      await system.rmdir(folder);
      expect(await codeOf(system.read(`${folder}/outblob`))).toBe('ENOENT');
      // For whoever tidies up after this.
      await system.mkdir(folder);
    },
  ],
];

const systems: readonly (readonly [string, System | undefined])[] = [
  ['in memory', inMemory()],
  ['mounted, in a process of its own', typeof fuse === 'string' ? undefined : mounted(fuse)],
];
describe.each(systems)('the double %s behaves as the kernel was seen to', (_where, system) => {
  it.skipIf(!system).each(rules)('%s', async (_what, check) => {
    if (!system) return;
    const folder = `${system.base}/report-${randomBytes(4).toString('hex')}`;
    await system.mkdir(folder);
    try {
      await check(system, folder);
    } finally {
      await system.setFaults({});
      await system.rmdir(folder);
    }
  });
});

describe.skipIf(typeof fuse === 'string')('the attester with the real file operations', () => {
  const { base, vouching } = fuse as TsmFuse;
  const reportData = new Uint8Array(randomBytes(64));

  it('finds the machine, and gets a quote that verifies', async () => {
    expect(await detectConfigfs({ base })).toBe('tdx');
    const attester = await configfsAttester({ base });
    const { evidence } = await attester.evidence(reportData);
    const verified = await verify(evidence, vouching.endorsements, {
      at: FAKE_NOW,
      roots: { intel: [vouching.root] },
    });
    expect(verified).toMatchObject({ verdict: 'verified', kind: 'tdx' });
  });

  it('reads past the size that a file claims', async () => {
    const folder = join(base, 'large');
    await mkdir(folder);
    try {
      await nodeFiles.write(join(folder, 'inblob'), reportData);
      const path = join(folder, 'outblob');
      const whole = await nodeFiles.read(path);
      expect((await stat(path)).size).toBe(1024);
      expect(whole.length).toBeGreaterThan(1024);
      // What reading it the ordinary way would give.
      expect((await readFile(path)).length).toBe(1024);
    } finally {
      await rmdir(folder);
    }
  });

  it('many at once get each their own', async () => {
    const attester = await configfsAttester({ base });
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const data = new Uint8Array(randomBytes(64));
        const { evidence } = await attester.evidence(data);
        expect(evidence.kind === 'dcap' && Buffer.from(evidence.quote).includes(Buffer.from(data))).toBe(
          true,
        );
      }),
    );
  });

  it.each<[string, TsmFaults, string]>([
    ['a driver that was unloaded', { provider: '' }, 'not-available'],
    ['no right to', { noRoot: true }, 'not-permitted'],
    ['a refused inblob, of which the kernel says nothing', { dropInblob: true }, 'failed'],
    ['somebody else who writes', { otherWriter: true }, 'interference'],
    ['a report about something else', { swap: true }, 'interference'],
    ['a machine that stays busy', { busy: Array.from({ length: 20 }, () => 'EBUSY') }, 'busy'],
  ])('%s: %s', async (_what, faults, code) => {
    const attester = await configfsAttester({ base, wait: 1 });
    await (fuse as TsmFuse).setFaults(faults);
    try {
      await expect(attester.evidence(reportData)).rejects.toMatchObject({ name: 'AttesterError', code });
    } finally {
      await (fuse as TsmFuse).setFaults({});
    }
  });
});
