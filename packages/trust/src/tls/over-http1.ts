/** One request over a connection of HTTP/1.1 that is open, and stays so for whoever goes on with it. */
import { Agent, type IncomingMessage, request } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { limits } from '../limits.ts';
import { UntrustedPeer } from './untrusted-peer.ts';

/** What is posted where. */
export interface Post {
  readonly path: string;
  readonly type: string;
  readonly body: Uint8Array;
  readonly signal: AbortSignal;
}

/**
 * The body of the answer, once the connection is free again.
 *
 * @throws {UntrustedPeer} `malformed` for an answer that is too long
 * @throws a system error (`ECONNRESET`) where the server refuses, or ends the connection; the signal's reason where it aborts
 */
export async function postOver(socket: TLSSocket, { path, type, body, signal }: Post): Promise<Uint8Array> {
  const headers = { 'content-type': type, 'content-length': body.length };
  const agent = new Agent({ keepAlive: true });
  agent.createConnection = () => socket;
  const call = request({ method: 'POST', path, host: 'localhost', headers, agent, signal });
  // Nobody but the caller has the connection after this request (as Node's documentation of `Agent` shows).
  call.once('socket', (used) => void used.emit('agentRemove'));
  const freed = new Promise<void>((resolve) => call.once('close', resolve));
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    call.once('response', resolve);
    call.on('error', reject);
  });
  call.end(body);
  const answer = await answered;
  const content = await bounded(answer);
  await freed;
  if (answer.statusCode !== 200 || socket.destroyed || !socket.writable) {
    const error = new Error(`the server says nothing about the connection (HTTP ${answer.statusCode})`);
    throw Object.assign(error, { code: 'ECONNRESET' });
  }
  return content;
}

async function bounded(answer: AsyncIterable<Buffer>): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of answer) {
    length += part.length;
    if (length > limits.connectionAnswer.value)
      throw new UntrustedPeer(
        'malformed',
        `It says more about the connection than ${limits.connectionAnswer.value} bytes.`,
      );
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}
