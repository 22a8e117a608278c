/** An exchange over HTTP/1.1 or HTTP/2, and how it ends before its time. */
import { constants } from 'node:http2';
import type { connectNodeAdapter } from '@connectrpc/connect-node';
import { limits } from '../limits.ts';

type Listener = ReturnType<typeof connectNodeAdapter>;
/** HTTP/1.1 and HTTP/2 alike. */
export type HttpRequest = Parameters<Listener>[0];
export type HttpResponse = Parameters<Listener>[1];

/** Of an unread body over HTTP/1.1, what is rather thrown away than the connection given up. */
const DRAINED = limits.message.value;

/** Ends an exchange at once, whatever the other side still waits for or holds back. */
export function cutOff(response: HttpResponse): void {
  if (!('stream' in response)) return void response.destroy();
  response.stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  // Else it would wait for what the other side does not take.
  response.stream.destroy();
}

/** Call it before an answer that does not wait for the request's body: what still comes of it is thrown away, and soon nothing does. */
export function leaveUnread(request: HttpRequest, response: HttpResponse): void {
  if (request.complete) return;
  if ('stream' in response) {
    request.resume();
    const { stream } = response;
    const close = () => stream.close(constants.NGHTTP2_NO_ERROR);
    // The last that is heard of an answer. Whoever answers has listened before, and sends its trailers first.
    stream.once('wantTrailers', () => setImmediate(close));
    // Headers that end an answer have no trailers behind them. A body that is finished has: its end is not sent before them.
    const closeIfEnded = () => {
      if (stream.state.localClose === 1) close();
    };
    stream.once('finish', () => setImmediate(() => setImmediate(closeIfEnded)));
    return;
  }
  // HTTP/1.1 can only read on, or close, and who is still sending when that happens gets no answer.
  const { socket } = request;
  let left = DRAINED;
  request.on('data', (chunk: Uint8Array) => {
    left -= chunk.length;
    if (left < 0) socket.destroy();
  });
  const timer = setTimeout(() => socket.destroy(), limits.messageGrace.value);
  timer.unref();
  request.once('close', () => clearTimeout(timer));
}

/** Cuts an exchange off unless it closes within so many ms; the function it returns takes that back. */
export function endWithin(response: HttpResponse, ms: number): () => void {
  const timer = setTimeout(() => cutOff(response), ms);
  timer.unref();
  const clear = () => clearTimeout(timer);
  response.once('close', clear);
  return () => {
    clear();
    response.off('close', clear);
  };
}

export function replyNotFound(request: HttpRequest, response: HttpResponse): void {
  replyStatus(request, response, 404);
}

/** An answer of a status alone, before the request's body was read. */
export function replyStatus(request: HttpRequest, response: HttpResponse, status: number): void {
  leaveUnread(request, response);
  endWithin(response, limits.messageGrace.value);
  response.statusCode = status;
  response.end();
}
