/** HTTP/2 over attested connections, in the form that the RPC library asks for. */
import type { ClientHttp2Stream } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import {
  type ConfirmedPeer,
  connectAttested,
  type InstancePin,
  type PeerVerifier,
  type PlatformState,
  verifyConnection,
} from '@gaiwan/trust';
import { limits } from '../limits.ts';
import type { StateGuard } from '../state/guard.ts';
import { hostAndPort } from './address.ts';
import { askOverHttp2 } from './confirm.ts';
import { HeardSessionManager } from './heard-session.ts';

const PING_MS = limits.ping.value;

/** Who is at the other end of a connection, which instance, and in which state it was when the connection was made. */
export interface ConfirmedPlatform extends ConfirmedPeer {
  readonly state: PlatformState;
}

interface Session {
  readonly manager: Http2SessionManager;
  readonly peer: ConfirmedPlatform;
  readonly socket: TLSSocket;
  /** The manager asked for a second connection, which must be judged first. */
  readonly over: () => boolean;
}

/** The library does not export it by name. */
type SessionManager = NonNullable<Parameters<typeof createGrpcTransport>[0]['sessionManager']>;
type RequestArguments = Parameters<SessionManager['request']>;

/**
 * One connection at a time, made when it is needed, judged before anything is sent, and confirmed before anything else is, and so is
 * the platform's state; when it is over, the next request makes another. Requests reject with `UntrustedPeer` where the server is
 * refused, and as `StateGuard.check`.
 */
export class AttestedSessions implements SessionManager {
  readonly authority: string;
  readonly #url: URL;
  readonly #verifier: PeerVerifier;
  readonly #pin: InstancePin;
  readonly #guard: StateGuard;
  readonly #closed = new AbortController();
  #session: Promise<Session> | undefined;

  constructor(url: URL, verifier: PeerVerifier, pin: InstancePin, guard: StateGuard) {
    this.authority = url.origin;
    this.#url = url;
    this.#verifier = verifier;
    this.#pin = pin;
    this.#guard = guard;
  }

  /** Who is at the other end; connects if nobody is yet. */
  async peer(): Promise<ConfirmedPlatform> {
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
    const manager = new HeardSessionManager(
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
      const checks = { peer, verifier, pin: this.#pin, ask: ask.connection };
      const confirmed = await verifyConnection(socket, checks);
      const state = await this.#guard.check(confirmed.connection.instance, ask.state);
      return { manager, peer: { ...confirmed, state }, socket, over: () => over };
    } catch (error) {
      manager.abort();
      socket.destroy();
      throw error;
    }
  }
}
