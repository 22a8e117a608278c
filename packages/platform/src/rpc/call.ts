/** A call under way: what it may hold, and how long its messages may take. */
import { createContextKey } from '@connectrpc/connect';
import type { UniversalServerRequest, UniversalServerResponse } from '@connectrpc/connect/protocol';
import { refuse } from '../errors.ts';
import { limits } from '../limits.ts';
import { arriving, timeFor } from './arriving.ts';
import type { Budget, Place } from './budget.ts';
import type { ConnectionLife } from './connection-life.ts';
import { toConnectError } from './errors.ts';
import type { FairCalls } from './fair-calls.ts';
import { cutOff, endWithin, type HttpRequest, type HttpResponse, leaveUnread } from './http.ts';
import type { Strangers } from './strangers.ts';

/** An answer up to here is given whatever is held: most of them acknowledge something that is done. */
const SHORT = 64 << 10;

/** ms that a message may take, whatever its size. Absent: as limits.md says. */
export interface Graces {
  readonly toArrive?: number;
  readonly toBeTaken?: number;
}

export interface CallOptions {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly life: ConnectionLife | undefined;
  /** Where it comes from, for counting: see `sourceOf`. */
  readonly source: string;
  readonly graces: Graces | undefined;
  readonly strangers: Strangers;
  readonly fair: FairCalls;
  readonly report: (error: unknown) => void;
}

export class Call {
  readonly source: string;
  readonly #options: CallOptions;
  #place: Place | undefined;
  #caller = '';
  #ended = false;
  #isTurnedAway = false;

  constructor(options: CallOptions) {
    this.source = options.source;
    this.#options = options;
    options.response.once('close', () => {
      this.#ended = true;
      this.#place?.[Symbol.dispose]();
    });
  }

  /**
   * Takes a place, until the call ends. Nothing of its body is read before.
   *
   * @throws PlatformError too-many-calls
   */
  enter(budget: Budget, caller: string): void {
    this.#place = budget.enter(caller);
    this.#caller = caller;
    if (this.#ended) this.#place[Symbol.dispose]();
  }

  /** What the work gives, which runs when its caller may have one more call run. */
  run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return this.#options.fair.run(this.#caller, signal, work);
  }

  /** The same for a stream, until its first message. */
  begin<T>(signal: AbortSignal, stream: AsyncIterable<T>): AsyncIterable<T> {
    return this.#options.fair.begin(this.#caller, signal, stream);
  }

  /** Too many wait for their turn: it is answered with that, and nothing of its body is read. */
  turnAway(): void {
    this.#isTurnedAway = true;
  }

  /** @throws PlatformError too-many-calls */
  requireTurn(): void {
    if (!this.#isTurnedAway) return;
    throw refuse(
      'too-many-calls',
      'Too many calls wait for their turn at this port: try again in a moment.',
      {
        retryAfterMs: limits.retryAfter.value,
      },
    );
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  /** The caller has shown who it is. */
  know(): void {
    this.#options.life?.know();
  }

  /** The caller has not shown who it is: too many such calls end the connection, or what is known of it, where somebody has logged in on it. */
  countStranger(): void {
    const { life, strangers } = this.#options;
    if (life && !strangers.count(this.source)) life.refuse();
  }

  /** The request's body, bounded in bytes and time. Rejects with `ConnectError`. */
  async *receive(body: UniversalServerRequest['body'], largest: number): AsyncGenerator<Uint8Array> {
    const { request, report, graces } = this.#options;
    const { 'content-type': contentType = '', 'content-length': contentLength } = request.headers;
    const count = (bytes: number) => this.#place?.hold(bytes);
    try {
      yield* arriving(streamOf(body), {
        largest,
        contentType,
        contentLength,
        count,
        grace: graces?.toArrive,
      });
    } catch (error) {
      throw toConnectError(error, report);
    }
  }

  /** An answer, bounded in what it holds and how long it waits for being taken. */
  send(reply: UniversalServerResponse): UniversalServerResponse {
    const { request, response } = this.#options;
    leaveUnread(request, response);
    const { body } = reply;
    if (body !== undefined) return { ...reply, body: this.#sent(body) };
    this.#endIfNotTaken(0);
    return reply;
  }

  async *#sent(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const { response } = this.#options;
    for await (const chunk of body) {
      const bytes = chunk.length;
      if (!this.#holds(bytes)) {
        cutOff(response);
        return;
      }
      const taken = this.#endIfNotTaken(bytes);
      yield chunk;
      taken();
      if (bytes > SHORT) this.#place?.release(bytes);
    }
    this.#endIfNotTaken(0);
  }

  /** Gives the answer up if nobody takes it in time; the function it returns says that somebody did. */
  #endIfNotTaken(bytes: number): () => void {
    const { response, graces } = this.#options;
    return endWithin(response, timeFor(bytes, graces?.toBeTaken));
  }

  #holds(bytes: number): boolean {
    if (bytes <= SHORT) return true;
    try {
      this.#place?.hold(bytes);
      return true;
    } catch {
      return false;
    }
  }
}

export const callKey = createContextKey<Call | undefined>(undefined, { description: 'call' });

function streamOf(body: UniversalServerRequest['body']): AsyncIterable<Uint8Array> {
  if (typeof body === 'object' && body !== null && Symbol.asyncIterator in body) return body;
  throw new TypeError('the body of a request is a stream');
}
