/** backup and restore: a data folder as a whole, while its platform serves. */
import { resolve } from 'node:path';
import { buildCommand } from '@stricli/core';
import { type Context, print } from '../context.ts';
import { examples, type Json, jsonFlag, positional, requiredText } from '../flags.ts';
import { type MachineFlags, machineFlags, machineOf } from '../machine-flags.ts';
import { configurationOf, type MeasuredFlags, measuredFlags } from '../measured-flags.ts';
import { PROGRAM } from '../program.ts';

interface BackupFlags extends Json {
  readonly data: string;
}

export const backup = buildCommand<BackupFlags, [string], Context>({
  docs: {
    brief: 'Back a data folder up, while its platform runs or not',
    fullDescription: `Copies the store as it is at one moment, all blobs and the sealed root key into a new folder, with a list of their SHA-256. What
is copied is ciphertext: the backup opens where the data folder opens, and nowhere else. A copy of the store is made within the data folder first.

${examples('gaiwan backup ./backups/monday --data ./gaiwan-data')}`,
  },
  parameters: {
    positional: positional('DIR'),
    flags: { data: requiredText('Data folder', 'DIR'), json: jsonFlag },
  },
  async func({ data, json }, to) {
    const { backUp } = await import('@gaiwan/platform');
    const { made, files } = await backUp({ data: resolve(data), to: resolve(to) });
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    const result = { backup: to, made, files: files.length, bytes };
    print(this, json === true, result, () => `${to}: ${files.length} files, ${bytes} bytes, as of ${made}.`);
  },
});

interface RestoreFlags extends BackupFlags, MachineFlags, MeasuredFlags {}

export const restore = buildCommand<RestoreFlags, [string], Context>({
  docs: {
    brief: 'Make a data folder of a backup, once everything in it was checked',
    fullDescription: `Run this with the release, the machine and the configuration (--allow-url, --executors and so on as for serve) that the backup was
made under. Every file is compared with the list of the backup, every record of the store is opened, and every complete blob is looked for; only then
there is a data folder. All that happened after the backup is gone from it: passwords and keys that were changed since are as they were.

${examples('gaiwan restore ./backups/monday --data ./restored', 'gaiwan restore ./backups/monday --data ./restored --tee simulation --simulation ./machine')}`,
  },
  parameters: {
    positional: positional('DIR'),
    flags: {
      data: requiredText('Data folder: not there yet, or empty', 'DIR'),
      ...machineFlags,
      ...measuredFlags,
      json: jsonFlag,
    },
  },
  async func(flags, from) {
    const { data, json } = flags;
    const { restoreBackup } = await import('@gaiwan/platform');
    const { made, files, blobs } = await restoreBackup({
      program: PROGRAM,
      from: resolve(from),
      data: resolve(data),
      machine: machineOf(flags),
      ...configurationOf(flags),
    });
    const result = { data, made, files, blobs };
    print(
      this,
      json === true,
      result,
      () =>
        `${data} is as it was on ${made}: ${files} files, among them ${blobs} complete blobs, all of them checked.`,
    );
  },
});
