/** Stands between a worker and its platform, swallows what the test says, and cuts the connection. */
import { rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Who is no longer heard. */
export type Direction = 'worker' | 'platform';

export class CutProxy {
  readonly #path: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #swallowing: Direction | undefined;
  /** Bytes that were swallowed since. */
  swallowed = 0;

  private constructor(path: string, platform: string) {
    this.#path = path;
    this.#server = createServer((worker) => {
      const onward = connect(platform);
      this.#forward('worker', worker, onward);
      this.#forward('platform', onward, worker);
    });
  }

  static async listen(path: string, platform: string): Promise<CutProxy> {
    const proxy = new CutProxy(path, platform);
    await new Promise<void>((resolve) => proxy.#server.listen(path, resolve));
    return proxy;
  }

  #forward(direction: Direction, from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
    from.on('data', (bytes) => {
      if (this.#swallowing === direction) this.swallowed += bytes.length;
      else to.write(bytes);
    });
  }

  /** From now on what one side says is lost, on all connections that there are. */
  swallow(direction: Direction): void {
    this.#swallowing = direction;
    this.swallowed = 0;
  }

  /** Ends all connections; new ones are whole again. */
  cut(): void {
    this.#swallowing = undefined;
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.cut();
    this.#server.close();
    rmSync(this.#path, { force: true });
  }
}
