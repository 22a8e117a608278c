/** One HTTPS request whose answer is short and comes in time, or does not count. */
import type { IncomingMessage } from 'node:http';
import { type RequestOptions, request } from 'node:https';

export interface CallOptions {
  readonly body?: string;
  /** Default: GET, or POST where there is a body. */
  readonly method?: 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  /** How to reach it: an `AttestedAgent`, or `ca` (PEM). Default: the authorities of the system. */
  readonly connection?: Pick<RequestOptions, 'agent' | 'ca'>;
  /** Bytes of an answer. */
  readonly longest: number;
  /** Milliseconds for all of it, from connecting to the answer's last byte. */
  readonly timeout: number;
  /** Gives it up. */
  readonly signal?: AbortSignal;
}

export interface CallAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** The only copy that is made of it here. */
  readonly body: Buffer;
}

/** Rejects with what the connection's agent rejects with, a system error, or an error that says what was too much. */
export async function call(url: URL, options: CallOptions): Promise<CallAnswer> {
  const { body, method, headers, connection, longest, timeout } = options;
  const late = AbortSignal.timeout(timeout);
  const signal = options.signal ? AbortSignal.any([late, options.signal]) : late;
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = request(url, {
        ...connection,
        // By name, so that no variable of the environment can switch it off.
        rejectUnauthorized: true,
        signal,
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        headers: { ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) },
      });
      sent.once('response', resolve).once('error', reject).end(body);
    });
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      body: await readBody(response, longest),
    };
  } catch (error) {
    if (options.signal?.aborted) throw new Error('the call was given up', { cause: error });
    if (late.aborted) throw new Error(`no answer within ${timeout} ms`, { cause: error });
    throw error;
  }
}

/** Chunks are wiped: there may be a key in them. */
async function readBody(response: IncomingMessage, longest: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response) {
      // The types of Node do not say so: a response without an encoding comes in buffers.
      const bytes: Buffer = chunk;
      chunks.push(bytes);
      size += bytes.length;
      if (size > longest) throw new Error(`an answer of more than ${longest} bytes`);
    }
    return Buffer.concat(chunks);
  } finally {
    for (const chunk of chunks) chunk.fill(0);
  }
}
