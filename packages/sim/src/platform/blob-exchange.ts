/** Requests about files, as the platform's route for them takes them: over HTTP without a connection. */
import { Readable, Writable } from 'node:stream';
import type { Product } from './product.ts';

type HandleBlob = Product['handleBlob'];
type Blobs = Parameters<HandleBlob>[0];

export interface BlobRequest {
  readonly method: 'GET' | 'PUT';
  readonly path: string;
  readonly capability: string;
  /** Of a PUT. */
  readonly body?: Uint8Array;
}

export interface BlobAnswer {
  readonly status: number;
  readonly body: Uint8Array;
}

class Response extends Writable {
  statusCode = 200;
  headersSent = false;
  readonly headers = new Map<string, string>();
  readonly #chunks: Uint8Array[] = [];

  setHeader(name: string, value: string): void {
    this.headers.set(name, value);
  }

  override _write(chunk: Uint8Array, _: BufferEncoding, done: () => void): void {
    this.headersSent = true;
    this.#chunks.push(Uint8Array.from(chunk));
    done();
  }

  get body(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

/** @throws Error (rejects) where the connection is ended instead of an answer */
export async function exchange(handle: HandleBlob, blobs: Blobs, asked: BlobRequest): Promise<BlobAnswer> {
  const { method, path: url, capability, body } = asked;
  const headers = {
    authorization: `Bearer ${capability}`,
    ...(body && { 'content-length': `${body.length}` }),
  };
  const socket = { remoteAddress: '10.0.0.1' };
  const known = { method, url, headers, httpVersionMajor: 2, complete: true, socket };
  const request = Object.assign(Readable.from(body ? [body] : [], { objectMode: false }), known);
  const response = new Response();
  const ended = new Promise<void>((resolve, reject) => {
    response.once('finish', resolve);
    response.once('error', reject);
    response.once('close', () => reject(new Error('the connection broke before the answer')));
  });
  ended.catch(() => undefined);
  // Any: of Node's classes the route uses what these have.
  const exchange = { request, response, know: () => undefined } as unknown as Parameters<HandleBlob>[1];
  await handle(blobs, exchange);
  await ended;
  return { status: response.statusCode, body: response.body };
}
