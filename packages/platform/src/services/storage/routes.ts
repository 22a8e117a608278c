/**
 * `PUT /blobs/<id>` and `GET /blobs/<id>`, with `authorization: Bearer <capability>`.
 *
 * A PUT begins at the offset in the header `gaiwan-offset` (0 where it is absent), which must be the number of bytes
 * that have arrived before: a 409 tells the right one in the same header. The answer comes after an fsync. An upload
 * takes exactly the announced number of bytes and is then closed for ever; an attempt's output ends with its request, and is
 * closed once one was adopted.
 */
import { StoreError } from '@gaiwan/store';
import { PlatformError } from '../../errors.ts';
import { sourceOf } from '../../rpc/source.ts';
import type { BlobStore } from './blobs.ts';
import { isDiskFull } from './body.ts';
import { sendFile } from './download.ts';
import { type Exchange, isHttpRefusalCode, replyRefusal } from './exchange.ts';
import { receiveOutput, receiveUpload } from './upload.ts';

const PATH = /^\/blobs\/([0-9a-f-]{36})$/;

/** False where the path is none of its own. */
export async function handleBlob(blobs: BlobStore, exchange: Exchange): Promise<boolean> {
  const { request, response } = exchange;
  const id = PATH.exec(request.url ?? '')?.[1];
  if (id === undefined) return false;
  try {
    await answer(blobs, id, exchange);
  } catch (error) {
    if (error instanceof StoreError && error.code === 'sync-failed') blobs.failed(error);
    if (isDiskFull(error) || (error instanceof StoreError && error.code === 'disk-full'))
      replyRefusal(
        exchange,
        'disk-full',
        "The platform's disk is full: nothing of this request is kept. Try again when its operator has made room.",
      );
    else if (error instanceof PlatformError && isHttpRefusalCode(error.code))
      replyRefusal(exchange, error.code, error.message, error.retryAfterMs);
    else if (!response.headersSent)
      replyRefusal(
        exchange,
        'internal',
        'Something failed inside the platform: ask where the upload stands, and continue from there.',
      );
    else response.destroy();
  }
  return true;
}

async function answer(blobs: BlobStore, id: string, exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  const [scheme, capability = ''] = (request.headers.authorization ?? '').split(' ');
  const grant = scheme?.toLowerCase() === 'bearer' ? blobs.check(capability) : undefined;
  const place = blobs.transfers.enter(grant, sourceOf(request.socket.remoteAddress ?? ''));
  // Until nobody waits for anything of it, however slowly it is taken.
  response.once('close', () => place?.[Symbol.dispose]());
  const wanted = request.method === 'PUT' ? 'write' : 'read';
  if (grant?.blob !== id || grant.access !== wanted) {
    return replyRefusal(
      exchange,
      'bad-capability',
      'The capability is not for this file, or has expired: ask for a new one.',
    );
  }
  using hold = await blobs.hold(grant);
  const gone = () =>
    replyRefusal(
      exchange,
      'bad-capability',
      'The account or the lease that the capability was given to is gone.',
    );
  if (hold.signal.aborted) return gone();
  exchange.know();
  // Once under way it has no other end: whoever reads or writes sees the connection break.
  hold.signal.addEventListener('abort', () => response.destroy(), { once: true });
  const record = await blobs.record(id);
  if (!record) return replyRefusal(exchange, 'unknown-blob', 'There is no such file.');
  const granted = { ...exchange, blobs, record, grant, place };
  if (request.method === 'PUT')
    return await (record.kind === 'upload' ? receiveUpload(granted) : receiveOutput(granted));
  if (request.method === 'GET' || request.method === 'HEAD') return await sendFile(granted);
  response.setHeader('allow', 'GET, HEAD, PUT');
  replyRefusal(exchange, 'bad-method', 'Use GET or PUT.');
}
