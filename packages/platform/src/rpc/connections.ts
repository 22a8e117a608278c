/** How many connections a port has, and from where. */
import type { Server, Socket } from 'node:net';
import { systemClock } from '../clock.ts';
import { limits } from '../limits.ts';
import { Guests } from './guests.ts';
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

/** Between which two ends a connection is. */
export interface Ends {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly localAddress?: string | undefined;
}

const nameOf = ({ remoteAddress, remotePort, localAddress }: Ends): string =>
  `${remoteAddress} ${remotePort} ${localAddress}`;

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
  /** The newest between two ends: the end of one may be heard after the next has begun. */
  readonly #byEnds = new Map<string, Socket>();

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
  know(ends: Ends): void {
    const socket = this.#byEnds.get(nameOf(ends));
    if (socket) this.#guests.remove(socket);
  }

  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #take(socket: Socket): boolean {
    const { remoteAddress } = socket;
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
    const name = nameOf(socket);
    this.#byEnds.set(name, socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#guests.remove(socket);
      if (this.#byEnds.get(name) === socket) this.#byEnds.delete(name);
      if (source !== undefined) this.#leave(source);
    });
    return true;
  }

  #leave(source: string): void {
    const count = (this.#perAddress.get(source) ?? 1) - 1;
    if (count === 0) this.#perAddress.delete(source);
    else this.#perAddress.set(source, count);
  }
}
