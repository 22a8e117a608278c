/** Which connection a request came over, and how long it may be there without one. */
import type { Http2SecureServer, Http2Server, ServerHttp2Session } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { ConnectionLife, type LifeSpans, lifeSpans } from './connection-life.ts';
import type { HttpRequest } from './http.ts';

export class Lives {
  /** By session or, over HTTP/1.1, socket. */
  readonly #lives = new WeakMap<object, ConnectionLife>();
  readonly #spans: LifeSpans;

  constructor(spans: LifeSpans = lifeSpans) {
    this.#spans = spans;
  }

  /** Call it before anybody else takes the server's connections away. */
  watch(server: Http2SecureServer | Http2Server): void {
    server.on('session', (session: ServerHttp2Session) => {
      // Without a call nothing is lost, and there is nobody to wait for.
      this.#begin(session, () => session.destroy());
    });
    server.on('secureConnection', (socket: TLSSocket) => {
      if (socket.alpnProtocol !== 'h2') this.#begin(socket, () => socket.destroy());
    });
  }

  of(request: HttpRequest): ConnectionLife | undefined {
    const connection = 'stream' in request ? request.stream.session : request.socket;
    return connection && this.#lives.get(connection);
  }

  #begin(connection: ServerHttp2Session | TLSSocket, end: () => void): void {
    const life = new ConnectionLife(end, this.#spans);
    this.#lives.set(connection, life);
    connection.once('close', () => life.forget());
  }
}
