/** Files over plain PUT and GET of the frontend's port: HTTP/1.1, as its streams are the fastest for bulk. */
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import {
  AttestedAgent,
  askOverHttp1,
  type InstancePin,
  type PeerVerifier,
  verifyConnection,
} from '@gaiwan/trust';
import { GaiwanError } from '../errors.ts';
import { limits } from '../limits.ts';
import { connectionLost, networkError } from '../network-errors.ts';
import { hostAndPort } from '../trust/address.ts';

const IDLE_MS = limits.transferSilence.value;
const MAX_ERROR_BODY = limits.refusalBody.value;

export interface Put {
  readonly path: string;
  readonly capability: string;
  /** Where in the file the body starts. */
  readonly offset: number;
  /** Bytes of the body. */
  readonly length: number;
  /** A chunk may be reused once the next is asked for. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Gets the number of bytes of the body sent so far. */
  readonly onSent?: (bytes: number) => void;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  /** Why it was refused, if it was. */
  readonly refusal: GaiwanError | undefined;
}

export class Bulk {
  readonly #origin: URL;
  readonly #agent: AttestedAgent;

  constructor(origin: URL, verifier: PeerVerifier, pin: InstancePin) {
    this.#origin = origin;
    this.#agent = new AttestedAgent({
      ...hostAndPort(origin),
      verifier,
      confirm: ({ socket, peer }) => {
        const ask = askOverHttp1(socket, AbortSignal.timeout(limits.confirming.value));
        return verifyConnection(socket, { peer, verifier, pin, ask });
      },
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Rejects with `GaiwanError` where no answer came. */
  async put({ path, capability, offset, length, chunks, onSent, signal }: Put): Promise<Answer> {
    const call = this.#request('PUT', path, signal, {
      authorization: `Bearer ${capability}`,
      'content-type': 'application/octet-stream',
      'content-length': length,
      'gaiwan-offset': offset,
    });
    const response = this.#response(call);
    let over = false;
    const settled = response.then(
      () => (over = true),
      () => (over = true),
    );
    let sent = 0;
    for await (const chunk of chunks) {
      // The server may answer before it has everything, e.g. that its disk is full; then nobody reads on.
      await Promise.race([new Promise((resolve) => call.write(chunk, resolve)), settled]);
      if (over) break;
      sent += chunk.length;
      onSent?.(sent);
    }
    if (!over && sent < length) {
      call.destroy();
      throw new GaiwanError(
        'upload-failed',
        `The file became shorter while it was uploaded: ${offset + sent} bytes.`,
      );
    }
    if (!over) call.end();
    const message = await response;
    try {
      const status = message.statusCode ?? 0;
      const ok = status >= 200 && status < 300;
      const body = await readShort(message);
      return { status, refusal: ok ? undefined : refusalOf(status, body) };
    } finally {
      if (sent < length) call.destroy();
    }
  }

  /** The bytes from an offset on. Rejects with `GaiwanError`. */
  async get(
    path: string,
    capability: string,
    offset: number,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> {
    const call = this.#request('GET', path, signal, {
      authorization: `Bearer ${capability}`,
      ...(offset > 0 ? { range: `bytes=${offset}-` } : {}),
    });
    const response = this.#response(call);
    call.end();
    const message = await response;
    if (message.statusCode !== (offset > 0 ? 206 : 200)) {
      throw refusalOf(message.statusCode ?? 0, await readShort(message));
    }
    return this.#body(message);
  }

  async *#body(message: IncomingMessage): AsyncGenerator<Uint8Array> {
    try {
      const chunks: AsyncIterable<Uint8Array> = message;
      yield* chunks;
    } catch (error) {
      throw networkError(error, this.#origin.host) ?? connectionLost(this.#origin.host, error);
    }
  }

  #request(method: string, path: string, signal: AbortSignal, headers: Record<string, string | number>) {
    const url = new URL(path, this.#origin);
    if (url.origin !== this.#origin.origin) {
      throw new GaiwanError(
        'bad-answer',
        `The platform named a path on another host: ${url.host}. Nothing was sent.`,
      );
    }
    return request(url, { method, headers, agent: this.#agent, signal, timeout: IDLE_MS });
  }

  #response(call: ReturnType<typeof request>): Promise<IncomingMessage> {
    const { host } = this.#origin;
    return new Promise((resolve, reject) => {
      call.once('response', resolve);
      call.on('error', (error) => reject(networkError(error, host) ?? connectionLost(host, error)));
      call.once('timeout', () => call.destroy(connectionLost(host)));
    });
  }
}

async function readShort(message: IncomingMessage): Promise<string> {
  let text = '';
  try {
    const chunks: AsyncIterable<string> = message.setEncoding('utf8');
    for await (const chunk of chunks) {
      text += chunk;
      if (text.length > MAX_ERROR_BODY) break;
    }
  } catch {
    // What has arrived is enough to say something.
  }
  return text;
}

function refusalOf(status: number, body: string): GaiwanError {
  let code = 'bad-answer';
  let message = `The platform answered with HTTP status ${status}.`;
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null) {
      if ('code' in parsed && typeof parsed.code === 'string') code = parsed.code;
      if ('message' in parsed && typeof parsed.message === 'string') message = parsed.message;
    }
  } catch {
    // Not the platform's JSON: the status is all there is.
  }
  return new GaiwanError(code, message);
}
