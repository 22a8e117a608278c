import type { Key } from '@gaiwan/store';

/** Where records are read: plainly, or through a transaction, whose commit is then held to what was read. */
export interface Reader {
  read<T>(key: Key): Promise<T | undefined>;
}
