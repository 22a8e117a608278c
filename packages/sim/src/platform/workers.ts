/** Worker processes: started by the platform's own supervision, each with the worker's own loop. */
import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import type { Random } from '../physics/random.ts';
import { Process } from '../world/process.ts';
import type { World } from '../world/world.ts';
import { PAIR, SimulatedExecutor } from './executor.ts';
import { type Host, reachOver } from './link.ts';
import type { Parts, Product } from './product.ts';

type StartWorker = NonNullable<ConstructorParameters<Parts['WorkerProcesses']>[1]['start']>;

/** Milliseconds. */
const STARTS_IN = 20;
const OUTLIVES = 1000;

/** As far as `WorkerProcesses` looks at it. */
class Child extends EventEmitter {
  readonly pid: number | undefined;
  readonly stdin: {
    readonly on: () => void;
    readonly write: (line: string) => void;
    readonly end: () => void;
  };

  constructor(pid: number | undefined, begin: (line: string) => void, end: () => void) {
    super();
    this.pid = pid;
    this.stdin = { on: () => undefined, write: begin, end };
  }

  kill(): void {
    this.stdin.end();
  }
}

export class Workers {
  readonly #world: World;
  readonly #product: Product;
  readonly #random: Random;
  readonly #running = new Set<Process>();
  #started = 0;

  constructor(world: World, product: Product) {
    this.#world = world;
    this.#product = product;
    this.#random = world.random.fork('workers');
  }

  /** Those that run. */
  get running(): Process[] {
    return [...this.#running];
  }

  /** How the platform starts one. */
  starting(host: Host): StartWorker {
    // It has what is used of a child process.
    return () => this.#start(host) as unknown as ChildProcess;
  }

  #start(host: Host): Child {
    const { loop, faults, network } = this.#world;
    const nothing = () => undefined;
    if (faults.comes('failed spawn')) {
      if (this.#random.chance(0.5)) throw Object.assign(new Error('spawn EAGAIN'), { code: 'EAGAIN' });
      const none = new Child(undefined, nothing, nothing);
      network.soon(() => none.emit('error', new Error('spawn EMFILE')), host.process);
      return none;
    }
    const worker = new Process(loop, 'worker');
    const begin = (line: string) => {
      // As `WorkerProcesses` writes it.
      const { id } = JSON.parse(line) as { readonly id: string };
      network.soon(() => void this.#work(worker, id, host), worker, STARTS_IN);
    };
    const child = new Child(++this.#started, begin, () => network.soon(() => worker.end(), undefined));
    this.#running.add(worker);
    worker.whenOver(() => {
      this.#running.delete(worker);
      network.soon(() => child.emit('exit', null, 'SIGKILL'), host.process);
    });
    // It ends when its parent does, in a while.
    host.process.whenOver(() => network.soon(() => worker.end(), undefined, this.#random.below(OUTLIVES)));
    return child;
  }

  async #work(worker: Process, id: string, host: Host): Promise<void> {
    const world = this.#world;
    const { loop, faults } = world;
    const { LazyExecutor, workOver } = this.#product;
    const random = this.#random.fork(`worker ${this.#started}`);
    const report = (error: unknown) => world.tell(`${id} reports ${String(error)}`);
    try {
      const folder = `/gaiwan/work/${id}`;
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      const executor = new LazyExecutor({
        name: 'simulated',
        pairs: [PAIR],
        slots: 2,
        ahead: true,
        tryLayers: () => Promise.resolve([]),
        open: () =>
          faults.comes('failed executor')
            ? Promise.reject(new Error('the executor does not start'))
            : Promise.resolve(new SimulatedExecutor({ loop, faults, random })),
        onTrouble: report,
      });
      void executor.start();
      const { signal } = new AbortController();
      const reach = reachOver({ world, random, worker, host });
      await workOver(reach, { id, report, folder, executors: [executor], signal });
    } catch (error) {
      report(error);
    }
    worker.end();
  }
}
