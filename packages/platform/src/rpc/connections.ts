/** How many connections a port has, and from where. */
import type { Server, Socket } from 'node:net';
import { systemClock } from '../clock.ts';
import { limits } from '../limits.ts';
import { Guests, type Peer } from './guests.ts';
import { RateLimit } from './rate-limit.ts';
import { sourceOf } from './source.ts';

export interface ConnectionBounds {
  /** All together. */
  readonly most: number;
  /** From one address (IPv6: from one network of 64 bits). */
  readonly perAddress: number;
  /** Of all of them, those on which nobody has shown who it is. */
  readonly guests: number;
}

const connectionBounds: ConnectionBounds = {
  most: limits.connections.value,
  perAddress: limits.connectionsPerAddress.value,
  guests: limits.connections.value,
};

/** What an operator decided. */
export const boundsOf = ({
  connectionsPerAddress: perAddress,
}: {
  readonly connectionsPerAddress?: number;
}): Partial<ConnectionBounds> => (perAddress === undefined ? {} : { perAddress });

export class Connections {
  readonly #bounds: ConnectionBounds;
  readonly #rate: RateLimit;
  readonly #refuses: (source: string) => boolean;
  readonly #sockets = new Set<Socket>();
  readonly #perAddress = new Map<string, number>();
  readonly #guests: Guests;

  /** `refuses`: addresses from which none is taken for now. */
  constructor(
    bounds: Partial<ConnectionBounds> = {},
    now: () => number = () => systemClock.monotonic(),
    refuses: (source: string) => boolean = () => false,
  ) {
    this.#bounds = { ...connectionBounds, ...bounds };
    this.#refuses = refuses;
    const { most, perAddress, guests } = this.#bounds;
    this.#guests = new Guests(guests);
    const rateOf = (burst: number) => ({ perSecond: burst / limits.connectionRateDivisor.value, burst });
    this.#rate = new RateLimit(rateOf(perAddress), rateOf(most), now);
  }

  get size(): number {
    return this.#sockets.size;
  }

  /** Closes further ones before they cost a handshake. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => {
      if (!this.#take(socket)) socket.destroy();
    });
  }

  /** Somebody has shown on it who it is. */
  know(peer: Peer): void {
    this.#guests.remove(peer);
  }

  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #take(socket: Socket): boolean {
    const { remoteAddress, remotePort } = socket;
    if (this.#sockets.size >= this.#bounds.most) return false;
    // A Unix socket has none: who may reach it is a matter of its folder.
    const source = remoteAddress === undefined ? undefined : sourceOf(remoteAddress);
    if (source !== undefined) {
      const count = this.#perAddress.get(source) ?? 0;
      if (count >= this.#bounds.perAddress || this.#refuses(source)) return false;
      if (this.#rate.take(source) > 0 || !this.#guests.add(socket)) return false;
      this.#perAddress.set(source, count + 1);
    }
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      if (source === undefined) return;
      this.#leave(source);
      // A socket that has ended says no more where it came from.
      this.#guests.remove({ remoteAddress, remotePort });
    });
    return true;
  }

  #leave(source: string): void {
    const count = (this.#perAddress.get(source) ?? 1) - 1;
    if (count === 0) this.#perAddress.delete(source);
    else this.#perAddress.set(source, count);
  }
}
