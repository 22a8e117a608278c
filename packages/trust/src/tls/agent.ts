/** HTTP/1.1 over attested connections. */
import { Agent, type AgentOptions } from 'node:https';
import { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { type AttestedConnection, type ConnectSettings, connectAttested } from './connect.ts';

type Connected = (error: Error | null, socket: Duplex) => void;

/** As of `connectAttested`, and what else must hold of a connection. */
export interface AgentSettings extends Omit<ConnectSettings, 'protocols'> {
  /** Runs on a connection whose certificate was accepted, before any request goes over it; where it rejects, none does. */
  readonly confirm?: (connection: AttestedConnection) => Promise<unknown>;
}

/**
 * An agent for `https.request` whose connections are judged before the first request goes out; the addresses in the requests
 * play no part in where it connects to. Requests fail with `UntrustedPeer` where the server is refused.
 *
 * @example
 * ```ts
 * const agent = new AttestedAgent({ host: 'localhost', port: 8444, verifier });
 * request({ agent, path: '/name', method: 'GET' }).end();
 * ```
 */
export class AttestedAgent extends Agent {
  readonly #settings: AgentSettings;

  constructor(settings: AgentSettings, options: AgentOptions = {}) {
    super({ keepAlive: true, ...options, maxCachedSessions: 0 });
    this.#settings = settings;
  }

  override createConnection(_options: unknown, done?: Connected): undefined {
    void this.#connect(done);
  }

  async #connect(done: Connected | undefined): Promise<void> {
    let socket: TLSSocket | undefined;
    try {
      const { confirm, ...settings } = this.#settings;
      const connection = await connectAttested({ ...settings, protocols: ['http/1.1'] });
      socket = connection.socket;
      await confirm?.(connection);
    } catch (error) {
      socket?.destroy();
      const failure =
        error instanceof Error ? error : new Error('the connection was given up', { cause: error });
      // Beside an error, Node's types want a stream as well, which nobody reads.
      done?.(failure, new Duplex().destroy());
      return;
    }
    done?.(null, socket);
  }
}
