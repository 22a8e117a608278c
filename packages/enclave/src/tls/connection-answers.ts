/** What a server of HTTP/1.1 says about its connections to clients that make sure of them before they say anything else. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import {
  CONNECTION_EVIDENCE_PATH,
  type ConnectionEvidence,
  connectionAnswer,
  ownEndOf,
  readConnectionQuestion,
} from '@gaiwan/trust';
import { limits } from '../limits.ts';
import type { AttestedIdentity } from './identity.ts';

/**
 * The server's half of `askOverHttp1` and `verifyConnection` of `@gaiwan/trust`.
 *
 * @example
 * ```ts
 * const answers = new ConnectionAnswers(identity, instance);
 * const server = createServer(serverOptions(identity), (request, response) => {
 *   if (answers.isAsked(request)) return answers.respond(request, response);
 *   response.end('hello');
 * });
 * ```
 */
export class ConnectionAnswers {
  readonly #identity: AttestedIdentity;
  readonly #instance: Uint8Array;
  readonly #asking = new WeakSet<object>();
  /** One after the other: evidence costs the machine milliseconds, and other requests wait behind it. */
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** `instance`: 32 bytes that no other instance of the program has, and that it keeps: the SHA-256 of a public key of its own. */
  constructor(identity: AttestedIdentity, instance: Uint8Array) {
    this.#identity = identity;
    this.#instance = instance;
  }

  /**
   * What to say about the connection that a nonce of 32 bytes came over. Undefined where nothing can be said about it: TLS 1.2, a key that
   * was replaced meanwhile, it is just being asked for, it has ended, or too many wait.
   *
   * @throws {AttesterError}
   */
  async about(socket: object, nonce: Uint8Array): Promise<ConnectionEvidence | undefined> {
    const end = socket instanceof TLSSocket ? ownEndOf(socket) : undefined;
    if (end === undefined || this.#asking.has(socket) || this.#waiting >= limits.connectionQuestions.value)
      return undefined;
    this.#asking.add(socket);
    this.#waiting++;
    const instance = this.#instance;
    const made = this.#turn.then(() =>
      hasEnded(socket) ? undefined : this.#identity.connectionEvidence({ ...end, nonce, instance }),
    );
    this.#turn = made.catch(() => undefined);
    try {
      const said = await made;
      return said && { ...said, instance };
    } finally {
      this.#asking.delete(socket);
      this.#waiting--;
    }
  }

  /** Whether this is the question about a connection. */
  isAsked({ method, url }: Pick<IncomingMessage, 'method' | 'url'>): boolean {
    return method === 'POST' && url === CONNECTION_EVIDENCE_PATH;
  }

  /** Answers it: 200, or 400 where it is no question, or nothing can be said. Never rejects: where the machine gives no evidence, the connection ends. */
  async respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const nonce = readConnectionQuestion(await bounded(request));
      const said = nonce && (await this.about(request.socket, nonce));
      const body = said ? connectionAnswer(said) : JSON.stringify({ code: 'bad-request' });
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      response.writeHead(said ? 200 : 400, headers).end(body);
    } catch {
      request.destroy();
    }
  }
}

/** The client that asked has disconnected, so nobody would read the evidence. */
const hasEnded = (socket: object): boolean => socket instanceof TLSSocket && socket.destroyed;

/** Rejects where it is longer than a question. */
async function bounded(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  const arriving: AsyncIterable<Buffer> = request;
  for await (const part of arriving) {
    length += part.length;
    if (length > limits.connectionQuestion.value)
      throw new RangeError('no question about a connection is as long');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
