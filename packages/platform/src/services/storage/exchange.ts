/** A request about one file, and its answers. */
import { type HttpRefusal, type HttpRefusalCode, isWireRefusalCode, wireRefusals } from '@gaiwan/protocol';
import { limits } from '../../limits.ts';
import type { Place } from '../../rpc/budget.ts';
import { endWithin, type HttpRequest, type HttpResponse, leaveUnread } from '../../rpc/http.ts';
import type { BlobRecord } from './blob-records.ts';
import type { BlobStore } from './blobs.ts';
import type { Grant } from './capability.ts';

const rows: Readonly<Record<HttpRefusalCode, HttpRefusal>> = wireRefusals;

/** Is it a code that has a status over plain HTTP? */
export const isHttpRefusalCode = (code: string): code is HttpRefusalCode =>
  isWireRefusalCode(code) && 'http' in wireRefusals[code];

export interface Exchange {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  /** Called once its capability has been checked. */
  readonly know: () => void;
}

/** One whose capability has been checked. */
export interface GrantedExchange extends Exchange {
  readonly blobs: BlobStore;
  readonly record: BlobRecord;
  readonly grant: Grant;
  /** What it may hold. Absent: of a worker, for which nothing is counted. */
  readonly place: Place | undefined;
}

/**
 * Answers with the code's status and JSON `{"code", "message"}`, unless the answer has begun. Of a refused PUT over HTTP/1.1 the rest of the
 * body is taken for a while: a connection that is closed with bytes unread is reset, and its client loses the refusal.
 */
export function replyRefusal(
  { request, response }: Exchange,
  code: HttpRefusalCode,
  message: string,
  retryAfterMs?: number,
): void {
  if (response.headersSent) return;
  response.statusCode = rows[code].http;
  if (retryAfterMs !== undefined) response.setHeader('retry-after', `${Math.ceil(retryAfterMs / 1000)}`);
  response.setHeader('content-type', 'application/json');
  const body = JSON.stringify({ code, message });
  endWithin(response, limits.messageGrace.value);
  if (request.httpVersionMajor > 1 || request.method !== 'PUT') {
    leaveUnread(request, response);
    response.end(body);
    return;
  }
  response.setHeader('connection', 'close');
  response.setHeader('content-length', Buffer.byteLength(body));
  // The stream's own form takes a callback; the response of HTTP/2 has another.
  const sink: NodeJS.WritableStream = response;
  sink.write(body);
  throwAway(request, () => response.end());
}

/** Calls `done` once the sender has ended or gone, or has sent too much for too long. */
function throwAway(request: HttpRequest, done: () => void): void {
  if (request.readableEnded || request.destroyed) {
    done();
    return;
  }
  let left = limits.lingeringBytes.value;
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), limits.lingering.value);
  end.signal.addEventListener('abort', () => {
    clearTimeout(timer);
    request.pause();
    done();
  });
  for (const event of ['end', 'close', 'error']) request.once(event, () => end.abort());
  request.on('data', (chunk: Uint8Array) => {
    left -= chunk.length;
    if (left < 0) end.abort();
  });
}

export function replyEmpty({ response }: Exchange): void {
  response.statusCode = 200;
  response.end();
}

/** What a request brings. Cut off where nothing comes for a while: an upload is taken up again where it stands. */
export async function* unlessSilent({ request, response }: Exchange): AsyncGenerator<Uint8Array> {
  // Where it is refused half-way, the connection stays for the refusal.
  const chunks: AsyncIterable<Uint8Array> = request.iterator({ destroyOnReturn: false });
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
  // What was given last is still on its way.
  endWithin(response, limits.fileSilence.value);
}
