/** One seed's world: its time, its chance, its disk and its anchor, in place of the machine's while it is entered. */

import { FileSystem } from '../files/file-system.ts';
import { nodeFiles, ROOMY } from '../files/node-files.ts';
import { type FaultKind, Faults } from '../physics/faults.ts';
import { Loop } from '../physics/loop.ts';
import { Random } from '../physics/random.ts';
import { connectTo } from '../sqlite/database.ts';
import type { Vfs } from '../sqlite/vfs.ts';
import { SimulatedAnchor } from './anchor.ts';
import { type Replacements, replaceBuiltins } from './builtins.ts';
import { threadClass } from './engine-thread.ts';
import { Network } from './network.ts';
import { dateClass, promisedTimeout, timers } from './timers.ts';

export interface WorldOptions {
  readonly seed: number;
  readonly rates: ReadonlyMap<FaultKind, number>;
  readonly sector: 512 | 4096;
  /** Pages after which SQLite takes its write-ahead log into the database. */
  readonly checkpointPages: number;
  /** As `Loop` takes it. */
  readonly mostEvents?: number;
  /** Gets each line of what happens. */
  readonly tell: (line: string) => void;
}

export class World {
  readonly loop: Loop;
  readonly random: Random;
  readonly faults: Faults;
  readonly files: FileSystem;
  readonly anchor: SimulatedAnchor;
  readonly network: Network;
  readonly #vfs: Vfs;
  readonly #options: WorldOptions;
  /** What is to be let go of when the machine stops. */
  #open: (() => void)[] = [];

  constructor(vfs: Vfs, options: WorldOptions) {
    this.#vfs = vfs;
    this.#options = options;
    this.loop = new Loop(options.mostEvents);
    const { seed, rates, sector } = options;
    this.random = new Random(seed);
    const tell = (line: string) => options.tell(`${this.loop.now.toFixed(3)} ${line}`);
    this.faults = new Faults(this.random.fork('faults'), rates, tell);
    const random = this.random.fork('disk');
    this.files = new FileSystem({ random, faults: this.faults, loop: this.loop, sector, tell });
    this.anchor = new SimulatedAnchor(this.loop, this.faults);
    this.network = new Network(this.loop, this.random.fork('network'), this.faults);
  }

  tell(line: string): void {
    this.#options.tell(`${this.loop.now.toFixed(3)} ${line}`);
  }

  /**
   * Everything of Node that the product uses is the world's until what is returned is called. `more`: what else is replaced, for what is
   * more than a store.
   */
  enter(more: Replacements = {}): () => void {
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
      ...more,
      webcrypto: { getRandomValues: fill, ...more['webcrypto'] },
      'node:crypto': {
        randomBytes: (size: number) => fill(Buffer.alloc(size)),
        randomFillSync: fill,
        randomUUID: () => uuidOf(fill(Buffer.alloc(16))),
      },
      'node:fs': { statfsSync: () => ROOMY },
      'node:timers/promises': {
        setTimeout: promisedTimeout(this.loop),
        setImmediate: () => promisedTimeout(this.loop)(),
      },
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
    this.loop.clear();
    this.stopMachine(lostPower);
  }

  /** What the machine has open is let go of, and what its disk does not have is lost with the power. Its processes are for the caller to end. */
  stopMachine(lostPower: boolean): void {
    this.files.stop();
    for (const letGo of this.#open) letGo();
    this.#open = [];
    this.files.start(lostPower);
  }
}

const uuidOf = (bytes: Buffer): string => {
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
};
