/** Connections on which nobody has shown who it is: so many of a port, shared among the addresses that they come from. */
import type { Socket } from 'node:net';

/**
 * Where there is no more room, the address that has most connections gives up its oldest one to an address that has fewer. So strangers who
 * take all the room from a few addresses keep nobody out who comes from another.
 */
export class Guests {
  readonly #most: number;
  readonly #bySource = new Map<string, Set<Socket>>();
  readonly #sources = new Map<Socket, string>();

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#sources.size;
  }

  /** How many are from there. */
  from(source: string): number {
    return this.#bySource.get(source)?.size ?? 0;
  }

  /** Whether there is room for one more from there, or some could be made. */
  makeRoom(source: string): boolean {
    return this.size < this.#most || this.#takeFromAnother(source);
  }

  add(socket: Socket, source: string): void {
    const own = this.#bySource.get(source) ?? new Set<Socket>();
    this.#bySource.set(source, own.add(socket));
    this.#sources.set(socket, source);
  }

  /** It has ended, or somebody has shown who it is. */
  remove(socket: Socket): void {
    const source = this.#sources.get(socket);
    if (source === undefined) return;
    this.#sources.delete(socket);
    const own = this.#bySource.get(source);
    own?.delete(socket);
    if (own?.size === 0) this.#bySource.delete(source);
  }

  #takeFromAnother(source: string): boolean {
    let most = new Set<Socket>();
    for (const sockets of this.#bySource.values()) if (sockets.size > most.size) most = sockets;
    // One of its own for another of its own would be no gain for anybody.
    if (this.from(source) + 1 >= most.size) return false;
    const [oldest] = most;
    if (oldest === undefined) return false;
    this.remove(oldest);
    oldest.destroy();
    return true;
  }
}
