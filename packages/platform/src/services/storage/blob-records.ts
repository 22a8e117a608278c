/** What the store knows of a blob, and where its content is. */
import { join } from 'node:path';
import type { Subject } from '@gaiwan/protocol';
import type { Key, Store } from '@gaiwan/store';
import { decodeRecord } from '../../domain/codec.ts';
import { keys } from '../../domain/records.ts';

export interface BlobRecord {
  readonly id: string;
  readonly owner: Subject;
  readonly name: string;
  /** `content`: of a data: URL, which the store has, sealed. */
  readonly kind: 'upload' | 'output' | 'content';
  /** Uploads: the announced size. Outputs: the size once adopted. */
  readonly size: number;
  /** Uploads: all of it has arrived. Outputs: an attempt was adopted. */
  readonly complete: boolean;
  /** Outputs: which attempt. */
  readonly attempt?: string;
  /** Outputs: the data record that was registered for it. There is one at most. */
  readonly data?: string;
  /** How many inputs and outputs there are that have it. */
  readonly references: number;
  /** ms since the epoch. */
  readonly made: number;
}

/** Among the blobs, and none: what their capabilities are made with. */
export const SECRET_KEY: Key = keys.blob('capability-secret');

export async function* blobsOf(
  store: Store,
): AsyncGenerator<{ readonly key: Key; readonly record: BlobRecord }> {
  for await (const { key, value } of store.entries(['blob']))
    if (key[1] !== SECRET_KEY[1]) yield { key, record: decodeRecord<BlobRecord>(value) };
}

/** An attempt at an output has a file of its own. */
export const fileOfBlob = ({ id, attempt }: Pick<BlobRecord, 'id' | 'attempt'>): string =>
  attempt ? `${id}.${attempt}` : id;

export const pathOfBlob = (folder: string, blob: Pick<BlobRecord, 'id' | 'attempt'>): string =>
  join(folder, fileOfBlob(blob));
