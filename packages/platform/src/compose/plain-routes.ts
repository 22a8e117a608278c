/** What a port answers beside RPC: blobs, where it has them; everything else is not found. */
import { type HttpRequest, type HttpResponse, replyNotFound } from '../rpc/http.ts';
import { type BlobStore, handleBlob } from '../services/storage/index.ts';

/** Never throws: `handleBlob` answers what fails. */
export const plainRoutes =
  (blobs?: BlobStore) =>
  (request: HttpRequest, response: HttpResponse): void => {
    const handled = blobs ? handleBlob(blobs, request, response) : Promise.resolve(false);
    void handled.then((done) => {
      if (!done) replyNotFound(request, response);
    });
  };
