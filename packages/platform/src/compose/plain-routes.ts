/** What a port answers beside RPC: whether it is ready, and blobs, where it has them; everything else is not found. */
import type { Fallback } from '../rpc/calls.ts';
import { type HttpResponse, replyNotFound } from '../rpc/http.ts';
import { type BlobStore, handleBlob } from '../services/storage/index.ts';
import type { Health } from './health.ts';

interface Behind {
  readonly health?: Pick<Health, 'isReady'>;
  readonly blobs?: BlobStore | undefined;
}

/** Never throws: `handleBlob` answers what fails. */
export const plainRoutes =
  ({ health, blobs }: Behind): Fallback =>
  (request, response, know) => {
    if (health && request.url === '/health/ready') {
      tellReadiness(health, response);
      return;
    }
    const handled = blobs ? handleBlob(blobs, { request, response, know }) : Promise.resolve(false);
    void handled.then((done) => {
      if (!done) replyNotFound(request, response);
    });
  };

/** For whoever sends calls here or elsewhere: 200, or 503 once it is about to end. */
function tellReadiness({ isReady }: Pick<Health, 'isReady'>, response: HttpResponse): void {
  response.statusCode = isReady ? 200 : 503;
  response.setHeader('content-type', 'application/json');
  response.setHeader('cache-control', 'no-store');
  response.end(JSON.stringify({ ready: isReady }));
}
