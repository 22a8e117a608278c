/** Somebody with the TLS key and certificate of a service of HTTP/1.1, who lies about the connection and answers what the service would. */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { exporterOf } from '../tls/connection.ts';
import {
  CONNECTION_EVIDENCE_PATH,
  connectionAnswer,
  readConnectionQuestion,
} from '../tls/connection-json.ts';
import type { ConnectionEvidence } from '../tls/verify-connection.ts';

/** What the thief says of a connection with a victim, which it knows all about. Undefined: nothing, as a service without the method. */
export type Lie = (about: {
  readonly nonce: Uint8Array;
  readonly exporter: Uint8Array;
}) => Promise<ConnectionEvidence | undefined>;

export interface Impostor {
  readonly url: string;
  readonly port: number;
  /** What else was asked for: method, path and body of each request. */
  readonly heard: readonly string[];
  close(): Promise<void>;
}

/** `answer`: to everything else, as JSON. */
export async function impostor(
  stolen: { readonly key: string; readonly certificate: string },
  lie: Lie,
  answer: object,
): Promise<Impostor> {
  const heard: string[] = [];
  const sockets = new Set<Duplex>();
  const tls = { key: stolen.key, cert: stolen.certificate, requestCert: true, rejectUnauthorized: false };
  const server = createServer(tls, (request, response) => {
    const respond = async () => {
      const body = await text(request);
      const nonce = request.url === CONNECTION_EVIDENCE_PATH ? readConnectionQuestion(body) : undefined;
      if (nonce === undefined) {
        heard.push(`${request.method} ${request.url} ${body}`);
        return response.end(JSON.stringify(answer));
      }
      // A server of https has no other sockets.
      const exporter = exporterOf(request.socket as TLSSocket) ?? new Uint8Array(32);
      const said = await lie({ nonce, exporter });
      return said ? response.end(connectionAnswer(said)) : response.writeHead(404).end('{}');
    };
    respond().catch(() => response.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://localhost:${port}`,
    port,
    heard,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
