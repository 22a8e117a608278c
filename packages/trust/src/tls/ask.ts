/** Asks a server about a connection, over that connection: HTTP/1.1. */
import type { TLSSocket } from 'node:tls';
import { CONNECTION_EVIDENCE_PATH, connectionQuestion, readConnectionAnswer } from './connection-json.ts';
import { postOver } from './over-http1.ts';
import type { ConnectionEvidence } from './verify-connection.ts';

/**
 * What `verifyConnection` asks with, over a connection of HTTP/1.1 that nothing else was said on.
 *
 * @param signal ends waiting
 * @example
 * ```ts
 * const pin = new InstancePin(id);
 * const agent = new AttestedAgent({
 *   host,
 *   port,
 *   verifier,
 *   confirm: ({ socket, peer }) =>
 *     verifyConnection(socket, { peer, verifier, pin, ask: askOverHttp1(socket, AbortSignal.timeout(15_000)) }),
 * });
 * ```
 */
export const askOverHttp1 =
  (socket: TLSSocket, signal: AbortSignal) =>
  async (nonce: Uint8Array): Promise<ConnectionEvidence> => {
    const answer = await postOver(socket, {
      path: CONNECTION_EVIDENCE_PATH,
      type: 'application/json',
      body: Buffer.from(connectionQuestion(nonce)),
      signal,
    });
    return readConnectionAnswer(Buffer.from(answer).toString('utf8'));
  };
