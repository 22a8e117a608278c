/** gaiwan.v1.DataService: blobs that the platform keeps, and pages of a user's data. */
import type { gaiwan } from '@gaiwan/protocol';
import { namesOf, shownName, storedName } from '../../domain/index.ts';
import type { Handlers } from '../../pipeline/handlers.ts';
import { command, query } from '../../pipeline/method.ts';
import { wholePlatform } from '../../pipeline/spec.ts';
import type { ManagementContext } from './context.ts';
import { pageOfData } from './data-list.ts';
import { deleteDataMethod } from './delete.ts';
import { onData } from './resources.ts';

export function blobMethods(context: ManagementContext): Handlers<typeof gaiwan.DataService> {
  const { blobs, store } = context;
  return {
    ...deleteDataMethod(context),
    createUpload: command({
      action: 'CreateUpload',
      resource: wholePlatform,
      run: async ({ tx, caller, request: { name, size } }) => {
        const { url, path, capability } = await blobs.createUpload(tx, caller.subject, name, Number(size));
        return { reply: { url, path, capability } };
      },
    }),
    resumeUpload: query({
      action: 'ResumeUpload',
      resource: wholePlatform,
      run: async ({ caller, request: { url } }) => {
        const { path, capability, received, complete } = await blobs.resumeUpload(caller.subject, url);
        return { path, capability, received: BigInt(received), complete };
      },
    }),
    discardUpload: command({
      action: 'DiscardUpload',
      resource: wholePlatform,
      run: async ({ tx, caller, request: { url } }) => {
        await blobs.discardUpload(tx, caller.subject, url);
        return { reply: {} };
      },
    }),
    createOutput: command({
      action: 'CreateOutput',
      resource: wholePlatform,
      run: async ({ tx, caller, request: { name } }) => ({
        reply: await blobs.createOutput(tx, caller.subject, name),
      }),
    }),
    createDownload: query({
      action: 'CreateDownload',
      resource: onData,
      run: async ({ caller, resource: data }) => {
        const { path, capability, size } = await blobs.createDownload(data, caller.subject);
        return {
          path,
          capability,
          size: BigInt(size),
          cmac: data.tag ?? new Uint8Array(),
          name: storedName(data.url),
          schema: data.crypto.schema,
        };
      },
    }),
    listData: query({
      action: 'ListData',
      resource: wholePlatform,
      run: async ({ caller, request }) => {
        const { rows, next } = await pageOfData(store, caller.subject, request);
        const items = rows.map(({ id, owners, url, crypto, tag }) => ({
          dataId: id,
          owners: namesOf(owners),
          name: shownName({ url }),
          schema: crypto.schema,
          cmac: tag ?? new Uint8Array(),
        }));
        return { items, nextPageToken: next };
      },
    }),
  };
}
