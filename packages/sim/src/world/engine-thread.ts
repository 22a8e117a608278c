/** The store's thread, on the world's loop: its messages take a moment, and come in order. */
import { EventEmitter } from 'node:events';
import { Engine } from '@gaiwan/store/engine';
import type { FileSystem } from '../files/file-system.ts';
import type { Loop } from '../physics/loop.ts';
import type { Random } from '../physics/random.ts';

export interface ThreadOptions {
  readonly loop: Loop;
  readonly random: Random;
  readonly files: FileSystem;
  readonly connect: Connect;
  /** Of a machine that stops: what it still has open must be let go. */
  readonly onStart: (letGo: () => void) => void;
}

type Message = Parameters<Engine['receive']>[0];
type Start = ConstructorParameters<typeof Engine>[0];
export type Connect = NonNullable<Start['connect']>;

/** A class in place of `Worker`. */
export function threadClass({ loop, random, files, connect, onStart }: ThreadOptions): unknown {
  return class extends EventEmitter {
    #engine: Engine | undefined;
    #isOver = false;
    #lastAt = 0;

    constructor(file: URL, { workerData }: { readonly workerData: Start }) {
      super();
      if (!/\/engine\.[jt]s$/.test(file.href))
        throw new TypeError(`the thread ${file.href} is not simulated`);
      onStart(() => this.#letGo());
      this.#later(() => {
        this.#engine = new Engine(
          { ...workerData, connect },
          {
            say: (message) => this.#later(() => this.emit('message', message)),
            close: () => undefined,
          },
        );
      });
    }

    postMessage(message: Message): void {
      this.#later(() => this.#engine?.receive(message));
    }

    terminate(): Promise<number> {
      this.#letGo();
      return Promise.resolve(0);
    }

    #letGo(): void {
      if (this.#isOver) return;
      this.#isOver = true;
      this.#engine?.receive({ kind: 'close' });
      this.#engine = undefined;
    }

    /** In order, and not once the machine has stopped in the middle of what was before. */
    #later(act: () => void): void {
      this.#lastAt = Math.max(this.#lastAt, loop.now + random.below(100) / 1000);
      loop.schedule(() => {
        if (!this.#isOver && !files.isStopped) act();
      }, this.#lastAt - loop.now);
    }
  };
}
