/** An exchange over HTTP/1.1 or HTTP/2, and how it ends before its time. */
import { constants } from 'node:http2';
import type { connectNodeAdapter } from '@connectrpc/connect-node';

type Listener = ReturnType<typeof connectNodeAdapter>;
/** HTTP/1.1 and HTTP/2 alike. */
export type HttpRequest = Parameters<Listener>[0];
export type HttpResponse = Parameters<Listener>[1];

/** Of an unread body over HTTP/1.1, what is rather read than the connection given up. */
const DRAINED = 64 << 10;

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
  request.resume();
  if ('stream' in response) {
    const { stream } = response;
    stream.once('finish', () => stream.close(constants.NGHTTP2_NO_ERROR));
  } else if (!response.headersSent && !(Number(request.headers['content-length']) <= DRAINED)) {
    // HTTP/1.1 has no other way to say so.
    response.setHeader('connection', 'close');
  }
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
