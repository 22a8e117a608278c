/** A key broker for tests: hands each key to programs of one measurement, and remembers their states. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { measurementsIn } from '@gaiwan/attestation';
import type { PeerVerifier } from '@gaiwan/trust';
import {
  type AttestedIdentity,
  ConnectionAnswers,
  peerOf,
  requirePeers,
  serverOptions,
} from '../tls/index.ts';

export interface TestBroker {
  readonly url: string;
  /** Which instance it is, hexadecimal. */
  readonly instance: string;
  close(): Promise<void>;
}

export interface TestKey {
  readonly bytes: Uint8Array;
  /** Whom it is for. */
  readonly registers: Readonly<Record<string, string>>;
  /** Its anchor: base64. */
  state?: string;
}

/** `peers`: accepts every genuine machine; what it runs is compared for each key. */
export async function startBroker(
  identity: AttestedIdentity,
  peers: PeerVerifier,
  keys: Readonly<Record<string, TestKey>>,
): Promise<TestBroker> {
  const instance = new Uint8Array(randomBytes(32));
  const answers = new ConnectionAnswers(identity, instance);
  const server = createServer(serverOptions(identity, { mutual: true }), (request, response) => {
    if (answers.isAsked(request)) return void answers.respond(request, response);
    const answer = (status: number, value: object) => response.writeHead(status).end(JSON.stringify(value));
    const [, kind = '', id = ''] = /^\/v1\/(keys|anchors)\/(.*)$/.exec(request.url ?? '') ?? [];
    const key = keys[id];
    const peer = peerOf(request.socket);
    if (key === undefined || peer === undefined)
      return answer(404, { code: 'unknown-key', message: 'No such key.' });
    const found = measurementsIn(peer.verified);
    const registers = Object.keys(key.registers).filter((name) => found[name] !== key.registers[name]);
    if (registers.length === 0 && kind === 'anchors') return void remember(request, key, answer);
    if (registers.length === 0) return answer(200, { key: Buffer.from(key.bytes).toString('base64') });
    const message = `It is for another program: ${registers.join(', ')}.`;
    return answer(403, { code: 'wrong-measurement', message, registers });
  });
  requirePeers(server, peers);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    instance: Buffer.from(instance).toString('hex'),
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function remember(
  request: IncomingMessage,
  key: TestKey,
  answer: (status: number, value: object) => void,
): Promise<void> {
  if (request.method === 'PUT') {
    const { from, to } = (await json(request)) as { from: string | null; to: string };
    if ((key.state ?? null) !== from) return answer(409, { state: key.state ?? null });
    key.state = to;
  }
  answer(200, { state: key.state ?? null });
}
