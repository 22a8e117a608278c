/** The library's manager of an HTTP/2 session, whose every error has somebody who hears it. */
import type { ClientHttp2Stream } from 'node:http2';
import { Http2SessionManager } from '@connectrpc/connect-node';

/**
 * Of a session that its server has ended while nothing was under way, the library tells Node an error, which Node says when the socket has
 * closed. Where the library lets go of the session in between, as for the next request, nobody hears the error, and it would end the process
 * (connectrpc/connect-es#1768).
 */
export class HeardSessionManager extends Http2SessionManager {
  readonly #heard = new WeakSet<object>();

  override async request(...args: Parameters<Http2SessionManager['request']>): Promise<ClientHttp2Stream> {
    const stream = await super.request(...args);
    const { session } = stream;
    if (session && !this.#heard.has(session)) {
      this.#heard.add(session);
      session.on('error', () => undefined);
    }
    return stream;
  }
}
