/** A TCP proxy that remembers what a client sent, and tells TLS records apart. */

import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

export interface Recorder {
  readonly port: number;
  /** How many there were so far. */
  connections(): number;
  /** Bytes of TLS records of application data that the client sent after its handshakes were done, on connections from that one on. */
  applicationBytes(from?: number): number;
  /** Breaks the connections that are open. */
  cut(): void;
  /** Resolves when the clients that came so far have left: nothing of theirs is still under way. */
  closed(): Promise<void>;
  close(): Promise<void>;
}

const APPLICATION_DATA = 23;

/** Records of a stream of TLS: type and length of each. */
function records(bytes: Buffer): { type: number; length: number }[] {
  const found: { type: number; length: number }[] = [];
  for (let at = 0; at + 5 <= bytes.length; ) {
    const length = bytes.readUInt16BE(at + 3);
    found.push({ type: bytes[at] as number, length });
    at += 5 + length;
  }
  return found;
}

/**
 * In TLS 1.3 the client's Finished (and its certificate, if it sends one) look like application data: `handshakeRecords` of them
 * belong to the handshake. An alert, which says goodbye, has 19 bytes and is none either.
 */
export async function recordTo(
  /** Port; a function is asked at each connection. */
  target: number | (() => number),
  handshakeRecords = 1,
): Promise<Recorder> {
  const streams: Buffer[][] = [];
  const sockets = new Set<Socket>();
  const left: Promise<unknown>[] = [];
  const server = createServer((client) => {
    const sent: Buffer[] = [];
    streams.push(sent);
    const upstream = connect(typeof target === 'number' ? target : target(), '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    left.push(new Promise((resolve) => client.once('close', resolve)));
    client.on('data', (chunk: Buffer) => sent.push(chunk));
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => streams.length,
    applicationBytes: (from = 0) =>
      streams
        .slice(from)
        .flatMap((sent) =>
          records(Buffer.concat(sent))
            .filter(({ type }) => type === APPLICATION_DATA)
            .slice(handshakeRecords)
            .filter(({ length }) => length > 19),
        )
        .reduce((sum, { length }) => sum + length, 0),
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    closed: async () => void (await Promise.all(left)),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
