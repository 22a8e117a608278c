/** A request over HTTP: each wait for it ends with the answer, with an error, or with the connection. */
import type { ClientRequest, IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Pace } from './pace.ts';
import { TaskFault } from './task-fault.ts';

/** Bytes that are handed to the socket at once. */
const SLICE = 1 << 16;

/** Ciphertext on its way to where a manifest says. */
export interface Upload {
  /** Bytes. */
  readonly size: number;
  readonly body: AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal;
}

/**
 * To be called in the same turn as the request is made, whose signal ends it. A connection may also end without an error: after a
 * 101, or where an answer came before the request was written. Then nothing but `close` says so.
 */
export function answerTo(request: ClientRequest, where: string): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request
    .once('response', resolve)
    .once('error', reject)
    .once('upgrade', (_answer, socket) => {
      socket.destroy();
      reject(new TaskFault('bad-answer', `${where} answered 101 to what was no upgrade.`));
    })
    .once('close', () =>
      reject(new TaskFault('transfer-broken', `${where} closed the connection without an answer.`)),
    );
  return promise;
}

export interface SendOptions {
  readonly pace?: Pace;
  /** What an answer other than 200 says; undefined where it says no more than its status. */
  readonly refusal?: (answer: IncomingMessage) => Promise<Error | undefined>;
}

/** Rejects unless the server answers 200 and has taken all of the body. Resolves with the answer, which nobody has read. */
export async function send(
  request: ClientRequest,
  where: string,
  { size, body, signal }: Upload,
  { pace, refusal }: SendOptions = {},
): Promise<IncomingMessage> {
  const source = new Source(body, pace);
  const answer = answerTo(request, where);
  const written = pipeline(source.slices(), request, { signal });
  written.catch(() => undefined);
  // A server may close the connection with its answer, before the end of the body is noticed here.
  let hadAll = false;
  request.once('response', () => {
    hadAll = source.handed >= size && request.writableLength === 0;
  });
  try {
    const response = await answer;
    pace?.step();
    if (response.statusCode !== 200) {
      const status = `${where} answered ${response.statusCode} to the upload of a result.`;
      throw (await refusal?.(response)) ?? new TaskFault('bad-answer', status);
    }
    if (source.handed < size) throw tooEarly(where);
    await written.catch(async (cause: unknown) => {
      if (signal.aborted) throw cause;
      if (!hadAll || !(await source.ended)) throw tooEarly(where, cause);
    });
    return response;
  } catch (error) {
    request.destroy();
    throw source.failure ?? pace?.fault ?? error;
  }
}

const tooEarly = (where: string, cause?: unknown) =>
  new TaskFault('transfer-broken', `${where} answered 200 before it had all of the upload.`, { cause });

class Source {
  readonly #body: AsyncIterable<Uint8Array>;
  readonly #pace: Pace | undefined;
  /** Bytes. */
  handed = 0;
  /** Why there is no more of it: the request that it ends does not say. */
  failure: unknown;
  /** Whether the body has come to its end. */
  #whole = false;
  readonly #end = Promise.withResolvers<boolean>();

  constructor(body: AsyncIterable<Uint8Array>, pace: Pace | undefined) {
    this.#body = body;
    this.#pace = pace;
  }

  /** Once nothing more comes: whether the body has come to its end. */
  get ended(): Promise<boolean> {
    return this.#end.promise;
  }

  /** Copies: the body may reuse its buffer, and the socket may not have taken a chunk before the next is asked for. */
  async *slices(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of this.#body) {
        for (let at = 0; at < chunk.length; at += SLICE) {
          const slice = chunk.slice(at, at + SLICE);
          this.handed += slice.length;
          yield slice;
          // The next is asked for once the socket has room again.
          this.#pace?.progress(slice.length);
        }
      }
      this.#whole = true;
    } catch (error) {
      this.failure = error;
      throw error;
    } finally {
      this.#end.resolve(this.#whole);
    }
    this.#pace?.step();
  }
}
