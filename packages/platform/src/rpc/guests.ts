/** Connections on which nobody has shown who it is: so many of a port, shared among the addresses that they come from. */
import type { Socket } from 'node:net';
import { sourceOf } from './source.ts';

/** Where a connection comes from, as its socket says it. A port has one connection from there at a time. */
export type Peer = Pick<Socket, 'remoteAddress' | 'remotePort'>;

const nameOf = ({ remoteAddress, remotePort }: Peer): string => `${remoteAddress} ${remotePort}`;

/**
 * Where there is no more room, the address that has most connections gives up its oldest one to an address that has fewer. So strangers who
 * take all the room from a few addresses keep nobody out who comes from another.
 */
export class Guests {
  readonly #most: number;
  readonly #sockets = new Map<string, Map<string, Socket>>();
  #size = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#size;
  }

  /** False: there is no room for one more from there. */
  add(socket: Socket): boolean {
    const source = sourceOf(socket.remoteAddress ?? '');
    if (this.#size >= this.#most && !this.#makeRoomFor(source)) return false;
    const own = this.#sockets.get(source) ?? new Map<string, Socket>();
    this.#sockets.set(source, own.set(nameOf(socket), socket));
    this.#size++;
    return true;
  }

  /** It has ended, or somebody has shown who it is. */
  remove(peer: Peer): void {
    const source = sourceOf(peer.remoteAddress ?? '');
    const own = this.#sockets.get(source);
    if (!own?.delete(nameOf(peer))) return;
    this.#size--;
    if (own.size === 0) this.#sockets.delete(source);
  }

  #makeRoomFor(source: string): boolean {
    let most = new Map<string, Socket>();
    for (const sockets of this.#sockets.values()) if (sockets.size > most.size) most = sockets;
    // One of its own for another of its own would be no gain for anybody.
    if ((this.#sockets.get(source)?.size ?? 0) + 1 >= most.size) return false;
    const [oldest] = most.values();
    if (oldest === undefined) return false;
    this.remove(oldest);
    oldest.destroy();
    return true;
  }
}
