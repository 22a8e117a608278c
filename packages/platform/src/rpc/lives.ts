/** Which connection a request came over, and how long it may be there without one. */
import type { Http2SecureServer, Http2Server, ServerHttp2Session } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { ConnectionLife, type LifeSpans, lifeSpans } from './connection-life.ts';
import type { Ends } from './connections.ts';
import type { HttpRequest } from './http.ts';

/** What requests come over. */
export type Connection = ServerHttp2Session | TLSSocket;

export class Lives {
  /** By session or, over HTTP/1.1, socket. */
  readonly #lives = new WeakMap<object, ConnectionLife>();
  readonly #spans: LifeSpans;
  readonly #known: (connection: Connection, ends: Ends) => void;

  /** `known`: called once for each connection on which somebody has shown who it is. */
  constructor(
    spans: LifeSpans = lifeSpans,
    known: (connection: Connection, ends: Ends) => void = () => undefined,
  ) {
    this.#spans = spans;
    this.#known = known;
  }

  /** Call it before anybody else takes the server's connections away. */
  watch(server: Http2SecureServer | Http2Server): void {
    server.on('session', (session: ServerHttp2Session) => {
      // Without a call nothing is lost, and there is nobody to wait for.
      this.#begin(session, session.socket, () => session.destroy());
    });
    server.on('secureConnection', (socket: TLSSocket) => {
      if (socket.alpnProtocol !== 'h2') this.#begin(socket, socket, () => socket.destroy());
    });
  }

  of(request: HttpRequest): ConnectionLife | undefined {
    const connection = 'stream' in request ? request.stream.session : request.socket;
    return connection && this.#lives.get(connection);
  }

  #begin(connection: Connection, { remoteAddress, remotePort, localAddress }: Ends, end: () => void): void {
    const life = new ConnectionLife({
      end,
      known: () => this.#known(connection, { remoteAddress, remotePort, localAddress }),
      spans: this.#spans,
    });
    this.#lives.set(connection, life);
    connection.once('close', () => life.forget());
  }
}
