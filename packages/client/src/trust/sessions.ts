/** HTTP/2 over attested connections, in the form that the RPC library asks for. */
import type { ClientHttp2Stream } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { type createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import {
  type ConfirmedPeer,
  connectAttested,
  type InstancePin,
  type PeerVerifier,
  verifyConnection,
} from '@gaiwan/trust';
import { limits } from '../limits.ts';
import { hostAndPort } from './address.ts';
import { askOverHttp2 } from './confirm.ts';

const PING_MS = limits.ping.value;

interface Session {
  readonly manager: Http2SessionManager;
  readonly peer: ConfirmedPeer;
  readonly socket: TLSSocket;
  /** The manager asked for a second connection, which must be judged first. */
  readonly over: () => boolean;
}

/** The library does not export it by name. */
type SessionManager = NonNullable<Parameters<typeof createGrpcTransport>[0]['sessionManager']>;
type RequestArguments = Parameters<SessionManager['request']>;

/**
 * One connection at a time, made when it is needed, judged before anything is sent, and confirmed before anything else is; when it is over,
 * the next request makes another. Requests reject with `UntrustedPeer` where the server is refused.
 */
export class AttestedSessions implements SessionManager {
  readonly authority: string;
  readonly #url: URL;
  readonly #verifier: PeerVerifier;
  readonly #pin: InstancePin;
  readonly #closed = new AbortController();
  #session: Promise<Session> | undefined;

  constructor(url: URL, verifier: PeerVerifier, pin: InstancePin) {
    this.authority = url.origin;
    this.#url = url;
    this.#verifier = verifier;
    this.#pin = pin;
  }

  /** Who is at the other end; connects if nobody is yet. */
  async peer(): Promise<ConfirmedPeer> {
    return (await this.#ready()).peer;
  }

  async request(...args: RequestArguments): Promise<ClientHttp2Stream> {
    const session = await this.#ready();
    try {
      return await session.manager.request(...args);
    } catch (error) {
      // It broke between two requests, and nothing of this one was sent.
      if (!session.over()) throw error;
      return (await this.#ready()).manager.request(...args);
    }
  }

  notifyResponseByteRead(stream: ClientHttp2Stream): void {
    void this.#session?.then(
      ({ manager }) => manager.notifyResponseByteRead(stream),
      () => undefined,
    );
  }

  close(): void {
    this.#closed.abort();
    void this.#session?.then(
      ({ manager, socket }) => {
        manager.abort();
        socket.destroy();
      },
      () => undefined,
    );
  }

  async #ready(): Promise<Session> {
    const current = this.#session;
    if (current !== undefined) {
      const session = await current.catch(() => undefined);
      if (session !== undefined && !session.over() && !session.socket.destroyed) return session;
      // Whoever else waited may have begun the next one already.
      if (this.#session === current) this.#session = undefined;
    }
    this.#session ??= this.#connect();
    return this.#session;
  }

  async #connect(): Promise<Session> {
    const verifier = this.#verifier;
    const { socket, peer } = await connectAttested({
      ...hostAndPort(this.#url),
      verifier,
      protocols: ['h2'],
      signal: this.#closed.signal,
    });
    let used = false;
    let over = false;
    const manager = new Http2SessionManager(
      this.#url,
      { pingIntervalMs: PING_MS },
      {
        createConnection: () => {
          if (used) {
            over = true;
            throw Object.assign(new Error('the connection is over'), { code: 'ECONNRESET' });
          }
          used = true;
          return socket;
        },
      },
    );
    try {
      const ask = askOverHttp2(manager, this.authority, this.#closed.signal);
      const confirmed = await verifyConnection(socket, { peer, verifier, pin: this.#pin, ask });
      return { manager, peer: confirmed, socket, over: () => over };
    } catch (error) {
      manager.abort();
      socket.destroy();
      throw error;
    }
  }
}
