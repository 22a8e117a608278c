/** A request about one file, and its answers. */
import { type HttpRefusal, type HttpRefusalCode, wireRefusals } from '@gaiwan/protocol';
import type { HttpRequest, HttpResponse } from '../../rpc/http.ts';
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
  response.end(JSON.stringify({ code, message }));
}

export function replyEmpty({ response }: Exchange): void {
  response.statusCode = 200;
  response.end();
}
