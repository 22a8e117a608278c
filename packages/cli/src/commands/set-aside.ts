/** set-aside: what starts have found beside the store that it does not know. */
import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Aside } from '@gaiwan/platform';
import { buildCommand } from '@stricli/core';
import { type Context, print } from '../context.ts';
import { unreadable } from '../errors.ts';
import { examples, type Json, jsonFlag, requiredText, switchFlag } from '../flags.ts';

const MIB = 2 ** 20;

/** For people. */
export const asideText = ({ files, bytes, folder }: Aside): string =>
  `${files} files, ${Math.ceil(bytes / MIB)} MiB, in ${folder}`;

interface SetAsideFlags extends Json {
  readonly data: string;
  readonly remove?: boolean | undefined;
}

export const setAside = buildCommand<SetAsideFlags, [], Context>({
  docs: {
    brief: 'Show, or remove, the files of a data folder that its store does not know',
    fullDescription: `A start deletes no file that the store does not know: it moves it to blobs-set-aside in the data folder. After a crash that is what
attempts at tasks have left, which nobody needs. Where the store is older than the files, because it was rolled back or restored, the newer store
needs them: remove nothing before you know that nobody will want that store back. The platform may run meanwhile.

${examples('gaiwan set-aside --data ./gaiwan-data', 'gaiwan set-aside --data ./gaiwan-data --remove')}`,
  },
  parameters: {
    flags: {
      data: requiredText('Data folder', 'DIR'),
      remove: switchFlag('Remove them, for good'),
      json: jsonFlag,
    },
  },
  async func({ data, remove, json }) {
    const { readSetAside, removeSetAside } = await import('@gaiwan/platform');
    const isRemoved = remove === true;
    await readdir(data).catch((cause: unknown) => {
      throw unreadable(data, cause);
    });
    const aside = await (isRemoved ? removeSetAside : readSetAside)(resolve(data));
    print(this, json === true, { ...aside, removed: isRemoved }, () => {
      if (aside.files === 0) return `Nothing is set aside in ${aside.folder}.`;
      return `${asideText(aside)}${isRemoved ? ': removed.' : ''}`;
    });
  },
});
