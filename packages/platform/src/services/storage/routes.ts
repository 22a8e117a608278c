/**
 * `PUT /blobs/<id>` and `GET /blobs/<id>`, with `authorization: Bearer <capability>`.
 *
 * A PUT begins at the offset in the header `gaiwan-offset` (0 where it is absent), which must be the number of bytes
 * that have arrived before: a 409 tells the right one in the same header. The answer comes after an fsync. An upload
 * takes exactly the announced number of bytes and is then closed for ever; an attempt's output ends with its request.
 */
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { type HttpRefusal, type HttpRefusalCode, wireRefusals } from '@gaiwan/protocol';
import type { HttpRequest, HttpResponse } from '../../rpc/server.ts';
import type { BlobRecord, BlobStore } from './blobs.ts';
import type { Grant } from './capability.ts';
import { Sweeper } from './garbage.ts';

const PATH = /^\/blobs\/([0-9a-f-]{36})$/;
const BLOCK = 1 << 20;

const httpStatuses: Readonly<Record<HttpRefusalCode, HttpRefusal>> = wireRefusals;

/** False where the path is none of its own. */
export async function handleBlob(
  blobs: BlobStore,
  request: HttpRequest,
  response: HttpResponse,
): Promise<boolean> {
  const id = PATH.exec(request.url ?? '')?.[1];
  if (id === undefined) return false;
  try {
    await answer(blobs, id, request, response);
  } catch (error) {
    if (isDiskFull(error))
      reply(
        request,
        response,
        'disk-full',
        "The platform's disk is full: nothing of this request is kept. Try again when its operator has made room.",
      );
    else if (!response.headersSent)
      reply(
        request,
        response,
        'internal',
        'Something failed inside the platform: ask where the upload stands, and go on from there.',
      );
    else response.destroy();
  }
  return true;
}

async function answer(
  blobs: BlobStore,
  id: string,
  request: HttpRequest,
  response: HttpResponse,
): Promise<void> {
  const [scheme, capability = ''] = (request.headers.authorization ?? '').split(' ');
  const grant = scheme?.toLowerCase() === 'bearer' ? blobs.check(capability) : undefined;
  const wanted = request.method === 'PUT' ? 'write' : 'read';
  if (grant?.blob !== id || grant.access !== wanted) {
    return reply(
      request,
      response,
      'bad-capability',
      'The capability is not for this file, or has expired: ask for a new one.',
    );
  }
  const record = await blobs.record(id);
  if (!record) return reply(request, response, 'unknown-blob', 'There is no such file.');
  if (request.method === 'PUT') {
    return record.kind === 'upload'
      ? upload(blobs, record, request, response)
      : writeOutput(blobs, { id: record.id, attempt: grant.attempt }, request, response);
  }
  if (request.method === 'GET' || request.method === 'HEAD') {
    const written = record.complete && (record.attempt ?? '') === grant.attempt;
    return written
      ? download(blobs, record, request, response)
      : reply(request, response, 'not-written', 'The file is not there yet.');
  }
  response.setHeader('allow', 'GET, HEAD, PUT');
  reply(request, response, 'bad-method', 'Use GET or PUT.');
}

/** One writer at a time for each upload. */
const writing = new Set<string>();

async function upload(
  blobs: BlobStore,
  record: BlobRecord,
  request: HttpRequest,
  response: HttpResponse,
): Promise<void> {
  if (record.complete)
    return reply(request, response, 'already-complete', 'The file is complete and cannot be written again.');
  if (writing.has(record.id))
    return reply(request, response, 'busy', 'Another request is writing to this file: wait for it to end.');
  writing.add(record.id);
  let answered: () => void;
  try {
    answered = await receive(blobs, record, request, response);
  } finally {
    writing.delete(record.id);
  }
  // Only now: who has the answer may send the next request.
  answered();
}

/** Takes what the request brings; returns how to answer it. */
async function receive(
  blobs: BlobStore,
  record: BlobRecord,
  request: HttpRequest,
  response: HttpResponse,
): Promise<() => void> {
  const refuse = (code: HttpRefusalCode, message: string) => () => reply(request, response, code, message);
  const received = await blobs.received(record);
  const header = request.headers['gaiwan-offset'] ?? '0';
  const offset = /^\d{1,15}$/.test(String(header)) ? Number(header) : Number.NaN;
  response.setHeader('gaiwan-offset', String(received));
  if (offset !== received) return refuse('wrong-offset', `${received} bytes have arrived: go on from there.`);
  const file = await open(blobs.path(record), 'r+');
  let end: number | undefined;
  try {
    end = await writeBody(file, request, received, record.size);
  } finally {
    await file.close();
  }
  if (end === undefined) {
    const announced = `The upload was announced with ${record.size} bytes; nothing of this request was kept.`;
    return refuse('too-much', announced);
  }
  if (end === record.size) await blobs.complete(record.id);
  response.setHeader('gaiwan-offset', String(end));
  return () => {
    response.statusCode = 200;
    response.end();
  };
}

/** An attempt writes its own file, from the start; which attempt counts is decided when its result is committed. */
async function writeOutput(
  blobs: BlobStore,
  { id, attempt }: Pick<BlobRecord, 'id'> & Pick<Grant, 'attempt'>,
  request: HttpRequest,
  response: HttpResponse,
): Promise<void> {
  const file = await open(blobs.path({ id, attempt }), 'w', 0o600);
  try {
    await writeBody(file, request, 0, Number.MAX_SAFE_INTEGER);
    response.statusCode = 200;
    response.end();
  } finally {
    await file.close();
  }
}

/**
 * Writes a request's body at `start`, and syncs. What arrived before a connection broke stays, for the upload to be
 * resumed; what goes beyond `limit`, or meets a full disk, is cut off again. Undefined: beyond the limit.
 */
async function writeBody(
  file: FileHandle,
  request: HttpRequest,
  start: number,
  limit: number,
): Promise<number | undefined> {
  let end = start;
  let pending: Uint8Array[] = [];
  let size = 0;
  const sweeper = new Sweeper();
  const flush = async () => {
    if (size === 0) return;
    const { bytesWritten } = await file.writev(pending, end);
    // A disk that gets full takes a part, and complains only the next time.
    if (bytesWritten !== size)
      throw Object.assign(new Error('the disk took only a part'), { code: 'ENOSPC' });
    end += size;
    sweeper.passed(size);
    pending = [];
    size = 0;
  };
  try {
    for await (const chunk of request as AsyncIterable<Uint8Array>) {
      pending.push(chunk);
      size += chunk.length;
      if (end + size > limit) {
        await file.truncate(start);
        return undefined;
      }
      if (size >= BLOCK) await flush();
    }
    await flush();
    await file.sync();
    return end;
  } catch (error) {
    if (isDiskFull(error)) {
      await file.truncate(start);
    } else {
      await flush();
      await file.sync();
    }
    throw error;
  }
}

const isDiskFull = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');

async function download(
  blobs: BlobStore,
  record: BlobRecord,
  request: HttpRequest,
  response: HttpResponse,
): Promise<void> {
  const range = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(request.headers.range ?? '');
  const start = range ? Number(range[1]) : 0;
  const end = range?.[2] ? Math.min(Number(range[2]), record.size - 1) : record.size - 1;
  if (range && (start >= record.size || end < start)) {
    response.setHeader('content-range', `bytes */${record.size}`);
    return reply(request, response, 'bad-range', `The file has ${record.size} bytes.`);
  }
  response.statusCode = range ? 206 : 200;
  response.setHeader('accept-ranges', 'bytes');
  response.setHeader('content-type', 'application/octet-stream');
  response.setHeader('content-length', String(Math.max(0, end - start + 1)));
  if (range) response.setHeader('content-range', `bytes ${start}-${end}/${record.size}`);
  if (request.method === 'HEAD' || record.size === 0) {
    response.end();
    return;
  }
  await pipeline(
    createReadStream(blobs.path(record), { start, end, highWaterMark: BLOCK / 4 }),
    response as NodeJS.WritableStream,
  );
}

function reply(request: HttpRequest, response: HttpResponse, code: HttpRefusalCode, message: string): void {
  if (response.headersSent) return;
  response.statusCode = httpStatuses[code].http;
  response.setHeader('content-type', 'application/json');
  // The body of a refused upload is not read: HTTP/1.1 has no other way to say so than to close.
  if (request.httpVersionMajor === 1 && request.method === 'PUT') response.setHeader('connection', 'close');
  response.end(JSON.stringify({ code, message }));
}
