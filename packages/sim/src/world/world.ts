/** One seed's world: its time, its chance, its disk and its anchor, in place of the machine's while it is entered. */

import { FileSystem } from '../files/file-system.ts';
import { nodeFiles } from '../files/node-files.ts';
import { type FaultKind, Faults } from '../physics/faults.ts';
import { Loop } from '../physics/loop.ts';
import { Random } from '../physics/random.ts';
import { connectTo } from '../sqlite/database.ts';
import type { Vfs } from '../sqlite/vfs.ts';
import { SimulatedAnchor } from './anchor.ts';
import { replaceBuiltins } from './builtins.ts';
import { threadClass } from './engine-thread.ts';
import { dateClass, promisedTimeout, timers } from './timers.ts';

export interface WorldOptions {
  readonly seed: number;
  readonly rates: ReadonlyMap<FaultKind, number>;
  readonly sector: 512 | 4096;
  /** Pages after which SQLite takes its write-ahead log into the database. */
  readonly checkpointPages: number;
  /** Gets each line of what happens. */
  readonly tell: (line: string) => void;
}

export class World {
  readonly loop = new Loop();
  readonly random: Random;
  readonly faults: Faults;
  readonly files: FileSystem;
  readonly anchor: SimulatedAnchor;
  readonly #vfs: Vfs;
  readonly #options: WorldOptions;
  /** What is to be let go of when the machine stops. */
  #open: (() => void)[] = [];

  constructor(vfs: Vfs, options: WorldOptions) {
    this.#vfs = vfs;
    this.#options = options;
    const { seed, rates, sector } = options;
    this.random = new Random(seed);
    const tell = (line: string) => options.tell(`${this.loop.now.toFixed(3)} ${line}`);
    this.faults = new Faults(this.random.fork('faults'), rates, tell);
    const random = this.random.fork('disk');
    this.files = new FileSystem({ random, faults: this.faults, loop: this.loop, sector, tell });
    this.anchor = new SimulatedAnchor(this.loop, this.faults);
  }

  tell(line: string): void {
    this.#options.tell(`${this.loop.now.toFixed(3)} ${line}`);
  }

  /** Everything of Node that the product uses is the world's until what is returned is called. */
  enter(): () => void {
    this.#vfs.use({ files: this.files, loop: this.loop, random: this.random.fork('sqlite') });
    const lot = this.random.fork('keys');
    const clock = timers(this.loop);
    const fill = <T extends Uint8Array>(bytes: T): T => {
      lot.fill(bytes);
      return bytes;
    };
    return replaceBuiltins({
      global: { ...clock, Date: dateClass(this.loop) },
      performance: { now: () => this.loop.now },
      webcrypto: { getRandomValues: fill },
      'node:crypto': { randomBytes: (size: number) => fill(Buffer.alloc(size)), randomFillSync: fill },
      'node:timers/promises': { setTimeout: promisedTimeout(this.loop) },
      'node:fs/promises': nodeFiles(this.files, this.loop),
      'node:worker_threads': {
        Worker: threadClass({
          loop: this.loop,
          random: this.random.fork('threads'),
          files: this.files,
          connect: connectTo(this.#vfs.api, this.#options.checkpointPages),
          onStart: (letGo) => this.#open.push(letGo),
        }),
      },
    });
  }

  /** The machine stops where it is, and starts again: what was going on is gone. */
  restart(lostPower: boolean): void {
    this.files.stop();
    for (const letGo of this.#open) letGo();
    this.#open = [];
    this.loop.clear();
    this.files.start(lostPower);
  }
}
