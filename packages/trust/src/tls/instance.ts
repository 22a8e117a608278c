/** Which instance of a service a client means: another one, however genuine, holds other people's data under another operator. */
import { UntrustedPeer } from './untrusted-peer.ts';

/**
 * The instance that all connections of a client must lead to: a given one, or the first that is seen.
 *
 * @example
 * ```ts
 * const pin = new InstancePin(remembered);
 * const { connection } = await verifyConnection(socket, { peer, verifier, pin, ask });
 * ```
 */
export class InstancePin {
  #id: string | undefined;

  /** `id`: 64 hexadecimal digits. */
  constructor(id?: string) {
    this.#id = id?.toLowerCase();
  }

  /** Undefined as long as none was given or seen. */
  get id(): string | undefined {
    return this.#id;
  }

  /**
   * Takes the first, and no other. `id`: of evidence that was verified.
   *
   * @throws {UntrustedPeer} `wrong-instance`
   */
  require(id: string): void {
    this.#id ??= id;
    if (id === this.#id) return;
    throw new UntrustedPeer(
      'wrong-instance',
      `It runs what you accept, and is another instance of it: ${id}, where ${this.#id} is meant.`,
    );
  }
}
