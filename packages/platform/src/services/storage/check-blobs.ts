/** Whether a store and the files beside it belong together. */
import type { Store } from '@gaiwan/store';
import { refuse } from '../../errors.ts';
import { blobsOf, pathOfBlob } from './blob-records.ts';
import { isWhole } from './content.ts';

/**
 * How many blobs of a store are complete, each of them there with its size.
 *
 * @throws PlatformError `blob-missing` (rejects) for the first that is not
 */
export async function countWholeBlobs(store: Store, folder: string): Promise<number> {
  let count = 0;
  for await (const { record } of blobsOf(store)) {
    if (!record.complete || record.kind === 'content') continue;
    if (!(await isWhole(pathOfBlob(folder, record), record.size)))
      throw refuse(
        'blob-missing',
        `The file of the blob ${record.id} is missing, or does not have ${record.size} bytes.`,
      );
    count++;
  }
  return count;
}
