/** One history of a platform: users, workers and faults for a while; then quiet, in which everything comes to its end; then one more start, and the audit. */
import { createHash } from 'node:crypto';
import { sealedRootKey } from '@gaiwan/enclave';
import { openEmbeddedStore } from '@gaiwan/store';
import type { HistoryResult } from '../history-result.ts';
import { Random } from '../physics/random.ts';
import type { Vfs } from '../sqlite/vfs.ts';
import { simulatedSealer } from '../store/sealer.ts';
import { World } from '../world/world.ts';
import { PlatformAuditor } from './auditor.ts';
import { Journal } from './journal.ts';
import { Machine, type OpenedStore } from './machine.ts';
import { Kept, MemoryStore } from './memory-store.ts';
import { type PlatformPlan, platformPlanOf } from './plan.ts';
import { loadProduct, type Product, subtle } from './product.ts';
import { NAMES, passwordOf, prepare, type Start, startOf } from './start.ts';
import { User } from './user.ts';

/** Milliseconds. */
const STARTS_AGAIN = 500;
const LONGEST_PAUSE = 25_000;
const DAY = 86_400_000;
const DATA = '/gaiwan/data';
/** Of answers. */
const STRIKES = 0.04;

export async function runPlatformHistory(
  vfs: Vfs,
  seed: number,
  print?: (line: string) => void,
): Promise<HistoryResult> {
  const product = await loadProduct();
  const digest = createHash('sha256');
  const tell = (line: string) => {
    digest.update(`${line}\n`);
    print?.(line);
  };
  const plan = platformPlanOf(new Random(`platform plan ${seed}`));
  const start = plan.isOnDisk ? undefined : await startOf(vfs, product);
  const world = new World(vfs, { ...plan, seed, tell });
  const history = new PlatformHistory(world, product, plan, start);
  const leave = world.enter({ webcrypto: { subtle } });
  const unhandled = (error: unknown) => history.fail(error);
  process.on('unhandledRejection', unhandled);
  let end: Pick<HistoryResult, 'end' | 'why'> = { end: 'whole' };
  try {
    await world.loop.until(history.run());
  } catch (error) {
    end = { end: 'failed', why: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  } finally {
    history.stop();
    world.restart(false);
    leave();
    process.off('unhandledRejection', unhandled);
  }
  tell(`end: ${end.end}`);
  const commits = history.tasks;
  return {
    seed,
    kind: 'platform',
    digest: digest.digest('hex'),
    counts: world.faults.counts,
    commits,
    ...end,
  };
}

class PlatformHistory {
  readonly #world: World;
  readonly #plan: PlatformPlan;
  readonly #random: Random;
  readonly #machine: Machine;
  readonly #start: Start | undefined;
  readonly #kept: Kept;
  readonly #journal = new Journal();
  readonly #failed = Promise.withResolvers<never>();
  #isOver = false;

  constructor(world: World, product: Product, plan: PlatformPlan, start: Start | undefined) {
    this.#world = world;
    this.#plan = plan;
    this.#start = start;
    this.#kept = new Kept(start?.kept);
    this.#random = world.random.fork('platform');
    const openStore = () => this.#openStore();
    this.#machine = new Machine({ world, product, workers: plan.workers, openStore });
    this.#failed.promise.catch(() => undefined);
  }

  get tasks(): number {
    return this.#journal.tasks.length;
  }

  /** An error that nobody took. */
  fail(error: unknown): void {
    this.#failed.reject(error);
  }

  stop(): void {
    this.#isOver = true;
    this.#machine.process?.end();
    for (const worker of this.#machine.workers.running) worker.end();
  }

  run(): Promise<void> {
    return Promise.race([this.#run(), this.#failed.promise]);
  }

  async #run(): Promise<void> {
    const { faults, loop } = this.#world;
    void this.#supervise();
    const functions =
      this.#start?.functions ?? (await prepare(this.#context(), this.#random.fork('prepare')));
    const users = NAMES.slice(0, this.#plan.users).map((name) => this.#userOf(name));
    faults.areOn = true;
    void this.#blows();
    await Promise.all(users.map((user) => this.#lives(user, functions)));
    await loop.sleep(this.#random.below(10_000));
    faults.areOn = false;
    const auditor = new PlatformAuditor({ ...this.#context(), users, functions });
    await auditor.progress();
    await auditor.works();
    // What is in memory alone is gone.
    this.#machine.end(this.#random.chance(0.5));
    await auditor.whole();
  }

  #context() {
    return { world: this.#world, machine: this.#machine, journal: this.#journal };
  }

  /** Starts it again whenever it has ended, as an operator's supervision does. */
  async #supervise(): Promise<void> {
    while (!this.#isOver) {
      await this.#machine.start();
      await this.#machine.whenOver();
      await this.#world.loop.sleep(STARTS_AGAIN);
    }
  }

  #userOf(id: string): User {
    const random = this.#random.fork(id);
    const onAnswer = () => this.#strike();
    return new User({ ...this.#context(), id, password: passwordOf(id), random, onAnswer });
  }

  async #lives(user: User, { echo, sum }: { readonly echo: string; readonly sum: string }): Promise<void> {
    for (let left = this.#plan.tasks; left > 0; left--) {
      await this.#world.loop.sleep(this.#random.below(4000));
      const what = this.#random.below(8);
      if (what === 0) await user.discardOne();
      else if (what < 4) await user.runEcho(echo);
      else if (what < 7) await user.runSum(sum);
      else await this.#twoForOne(user, sum);
    }
  }

  /** Two tasks that are to write the same output: one of them is refused. */
  async #twoForOne(user: User, sum: string): Promise<void> {
    const output = await user.runSum(sum);
    if (output) await user.runSum(sum, output);
  }

  /** Sometimes the platform ends right after it has answered. */
  #strike(): void {
    if (!this.#random.chance(STRIKES)) return;
    if (this.#world.faults.comes('kill')) this.#machine.end(false);
    else if (this.#world.faults.comes('power loss')) this.#machine.end(true);
  }

  /** Kills, pauses, steps of the clock. */
  async #blows(): Promise<void> {
    const { loop, faults } = this.#world;
    const { blowsEvery } = this.#plan;
    while (blowsEvery !== undefined && faults.areOn && !this.#isOver) {
      await loop.sleep(blowsEvery * (0.5 + this.#random.below(100) / 100));
      const worker = this.#machine.workers.running.at(this.#random.below(2));
      switch (this.#random.below(6)) {
        case 0:
          if (faults.comes('kill')) this.#machine.end(false);
          break;
        case 1:
          if (faults.comes('power loss')) this.#machine.end(true);
          break;
        case 2:
          if (worker && faults.comes('worker kill')) worker.end();
          break;
        case 3:
          if (faults.comes('paused platform'))
            this.#machine.process?.pause(this.#random.below(LONGEST_PAUSE));
          break;
        case 4:
          if (worker && faults.comes('paused worker')) worker.pause(this.#random.below(LONGEST_PAUSE));
          break;
        default:
          if (faults.comes('clock step')) loop.step(this.#random.between(-DAY, DAY));
      }
    }
  }

  async #openStore(): Promise<OpenedStore> {
    const { loop, faults } = this.#world;
    if (!this.#plan.isOnDisk)
      return new MemoryStore(this.#kept, {
        loop,
        faults,
        random: this.#random.fork(`store ${this.#kept.commits}`),
      });
    return openEmbeddedStore({
      folder: `${DATA}/store`,
      rootKey: sealedRootKey(`${DATA}/root.sealed`, simulatedSealer),
      report: (error) => this.#world.tell(`reported: ${String(error)}`),
    });
  }
}
