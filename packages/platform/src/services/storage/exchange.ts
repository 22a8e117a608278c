/** A request about one file, and its answers. */
import { type HttpRefusal, type HttpRefusalCode, wireRefusals } from '@gaiwan/protocol';
import { limits } from '../../limits.ts';
import { endWithin, type HttpRequest, type HttpResponse, leaveUnread } from '../../rpc/http.ts';
import type { BlobRecord } from './blob-records.ts';
import type { BlobStore } from './blobs.ts';
import type { Grant } from './capability.ts';

const rows: Readonly<Record<HttpRefusalCode, HttpRefusal>> = wireRefusals;

export interface Exchange {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
}

/** One whose capability has been checked. */
export interface GrantedExchange extends Exchange {
  readonly blobs: BlobStore;
  readonly record: BlobRecord;
  readonly grant: Grant;
}

/** Answers with the code's status and JSON `{"code", "message"}`, unless the answer has begun. */
export function replyRefusal({ request, response }: Exchange, code: HttpRefusalCode, message: string): void {
  if (response.headersSent) return;
  response.statusCode = rows[code].http;
  response.setHeader('content-type', 'application/json');
  // The body of a refused upload is not read: HTTP/1.1 has no other way to say so than to close.
  if (request.httpVersionMajor === 1 && request.method === 'PUT') response.setHeader('connection', 'close');
  leaveUnread(request, response);
  endWithin(response, limits.messageGrace.value);
  response.end(JSON.stringify({ code, message }));
}

export function replyEmpty({ response }: Exchange): void {
  response.statusCode = 200;
  response.end();
}

/** What a request brings. Cut off where nothing comes for a while: an upload is taken up again where it stands. */
export async function* unlessSilent({ request, response }: Exchange): AsyncGenerator<Uint8Array> {
  const chunks: AsyncIterable<Uint8Array> = request;
  const wait = () => endWithin(response, limits.fileSilence.value);
  let arrived = wait();
  try {
    for await (const chunk of chunks) {
      arrived();
      yield chunk;
      arrived = wait();
    }
  } finally {
    arrived();
  }
}

/** Sends chunks on. Cut off where nobody takes them for a while. */
export async function* unlessLeft(
  { response }: Exchange,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    const taken = endWithin(response, limits.fileSilence.value);
    yield chunk;
    taken();
  }
}
