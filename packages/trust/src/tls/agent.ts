/** HTTP/1.1 over attested connections. */
import { Agent, type AgentOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import { type ConnectSettings, connectAttested } from './connect.ts';

/**
 * An agent for `https.request` whose connections are judged before the first request goes out; the addresses in the requests
 * play no part in where it connects to. Requests fail with `UntrustedPeer` where the server is refused.
 */
export class AttestedAgent extends Agent {
  readonly #settings: Omit<ConnectSettings, 'protocols'>;

  constructor(settings: Omit<ConnectSettings, 'protocols'>, options: AgentOptions = {}) {
    super({ keepAlive: true, ...options, maxCachedSessions: 0 });
    this.#settings = settings;
  }

  override createConnection(
    _options: unknown,
    done?: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    void this.#connect(done);
  }

  async #connect(done: ((error: Error | null, socket: Duplex) => void) | undefined): Promise<void> {
    let socket: Duplex;
    try {
      ({ socket } = await connectAttested({ ...this.#settings, protocols: ['http/1.1'] }));
    } catch (error) {
      done?.(error as Error, undefined as unknown as Duplex);
      return;
    }
    done?.(null, socket);
  }
}
