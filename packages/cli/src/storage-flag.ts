/** `--storage NAME=N`: what accounts may have a platform keep, and what room is left to its store. */

import { dictionary } from '@gaiwan/errors';
import type { StorageOptions } from '@gaiwan/platform';
import { usage } from './errors.ts';
import { listFlag, pairs } from './flags.ts';

const names: Readonly<Record<string, keyof StorageOptions>> = {
  'user-bytes': 'userBytes',
  'user-items': 'userItems',
  'group-bytes': 'groupBytes',
  'group-items': 'groupItems',
  'reserve-bytes': 'reserveBytes',
};

export const storageFlag = listFlag(
  `What each user and group may have it keep, and free space that nothing new may take: ${Object.keys(names).join(', ')} (repeatable)`,
  'NAME=N',
);

/** Throws `CliError` (usage). */
export function storageOf(given: readonly string[] | undefined): StorageOptions {
  return dictionary(
    Object.entries(pairs(given, 'NAME=N')).map(([name, text]) => {
      const option = Object.hasOwn(names, name) ? names[name] : undefined;
      if (option === undefined || !/^\d{1,15}$/.test(text))
        throw usage(
          `${name}=${text} is no limit of storage: give a whole number to one of ${Object.keys(names).join(', ')}.`,
        );
      return [option, Number(text)] as const;
    }),
  );
}
