/** How many connections a port has, and from where. */
import { BlockList, type Server, type Socket, type SocketAddress } from 'node:net';
import { systemClock } from '../clock.ts';
import { limits } from '../limits.ts';
import { Guests } from './guests.ts';
import { RateLimit } from './rate-limit.ts';
import { sourceOf } from './source.ts';
import { leastRate, Strangers } from './strangers.ts';

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
  /** New ones of strangers; absent where everybody must show who it is. */
  readonly #strangers: Strangers | undefined;
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
    if (guests < most) this.#strangers = new Strangers({ each: rateOf(perAddress), least: leastRate }, now);
  }

  get size(): number {
    return this.#sockets.size;
  }

  /**
   * For the server's option of that name. What it refuses is closed before Node makes a socket of it: one of TLS costs a good
   * deal even if it is closed at once, and leaves garbage.
   */
  get blockList(): BlockList {
    return new Door((address) => !this.#mayEnter(sourceOf(address)));
  }

  /** Keeps count of those that the server has let in by `blockList`. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => this.#enter(socket));
  }

  /** Somebody has shown on it who it is. */
  know(ends: Ends): void {
    const socket = this.#byEnds.get(nameOf(ends));
    if (socket) this.#guests.remove(socket);
  }

  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #mayEnter(source: string): boolean {
    if (this.#sockets.size >= this.#bounds.most) return false;
    const count = this.#perAddress.get(source) ?? 0;
    if (count >= this.#bounds.perAddress || this.#refuses(source)) return false;
    if (this.#rate.take(source) > 0) return false;
    // From where somebody is logged in, others are let in as before: the rate of all is there for those of whom nothing is known.
    const known = count > this.#guests.from(source);
    if (!known && this.#strangers?.count(source) === false) return false;
    return this.#guests.makeRoom(source);
  }

  #enter(socket: Socket): void {
    const { remoteAddress } = socket;
    // A Unix socket has none: who may reach it is a matter of its folder.
    const source = remoteAddress === undefined ? undefined : sourceOf(remoteAddress);
    if (source === undefined && this.#sockets.size >= this.#bounds.most) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    if (source !== undefined) {
      this.#guests.add(socket, source);
      this.#perAddress.set(source, (this.#perAddress.get(source) ?? 0) + 1);
    }
    const name = nameOf(socket);
    this.#byEnds.set(name, socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#guests.remove(socket);
      if (this.#byEnds.get(name) === socket) this.#byEnds.delete(name);
      if (source !== undefined) this.#leave(source);
    });
  }

  #leave(source: string): void {
    const count = (this.#perAddress.get(source) ?? 1) - 1;
    if (count === 0) this.#perAddress.delete(source);
    else this.#perAddress.set(source, count);
  }
}

/** A list of addresses that decides when it is asked. */
class Door extends BlockList {
  readonly #isBlocked: (address: string) => boolean;

  constructor(isBlocked: (address: string) => boolean) {
    super();
    this.#isBlocked = isBlocked;
  }

  override check(address: string | SocketAddress): boolean {
    return this.#isBlocked(typeof address === 'string' ? address : address.address);
  }
}
