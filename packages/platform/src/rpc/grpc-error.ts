/**
 * A gRPC call that fails, as Teaclave's servers answer it: "trailers-only", status and text in the first and only frame of headers
 * (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). Its users' programs read them there.
 */
import type { UniversalServerResponse } from '@connectrpc/connect/protocol';
import { setTrailerStatus } from '@connectrpc/connect/protocol-grpc';
import { refuse } from '../errors.ts';
import { limits } from '../limits.ts';
import { toConnectError } from './errors.ts';
import { endWithin, type HttpRequest, type HttpResponse, leaveUnread } from './http.ts';

const GRPC = /^application\/grpc(?:-web(?:-text)?)?(?:\+(?:proto|json))?(?=;|$)/i;

/** Whether a reply of gRPC is an error before any message. Its trailers say so only when the last message has been asked for. */
export function isGrpcError({ trailer }: UniversalServerResponse): boolean {
  const status = trailer?.get('grpc-status');
  return status !== undefined && status !== null && status !== '0';
}

/** Sends such a reply over HTTP/2. Over HTTP/1.1 there is no gRPC, and the reply goes as it is. */
export async function sendGrpcError(
  { status, header, trailer, body }: UniversalServerResponse,
  response: HttpResponse,
): Promise<void> {
  // Nothing comes; but whoever counts its end is told.
  if (body) for await (const _ of body);
  response.statusCode = status;
  for (const headers of [header, trailer])
    for (const [name, value] of new Headers(headers)) response.setHeader(name, value);
  // Without a word before: only then do the headers end the stream.
  response.end();
}

/** The kind of gRPC that somebody speaks, who could not read an answer of plain HTTP; undefined for anybody else. */
export const grpcTypeOf = ({ method, headers }: HttpRequest): string | undefined =>
  method === 'POST' ? GRPC.exec(headers['content-type'] ?? '')?.[0] : undefined;

/** As any refusal: but nobody has to be known to get it, so it is made once. */
const unimplemented = setTrailerStatus(
  new Headers(),
  toConnectError(
    refuse('unknown-method', 'The platform has no such method: look for its name in the .proto files.'),
    () => undefined,
  ),
);

/** Answers a call of a method that there is not, before its body was read. `type`: of gRPC, see `grpcTypeOf`. */
export function replyUnimplemented(request: HttpRequest, response: HttpResponse, type: string): void {
  leaveUnread(request, response);
  endWithin(response, limits.messageGrace.value);
  response.setHeader('content-type', type);
  for (const [name, value] of unimplemented) response.setHeader(name, value);
  response.end();
}
