/** One history of a store: starts, requests, faults and ends of the machine; after each start, what is there is compared with what must be. */
import { createHash } from 'node:crypto';
import { sealedRootKey } from '@gaiwan/enclave';
import { CodedError } from '@gaiwan/errors';
import { type EmbeddedStore, openEmbeddedStore, type RootKeyProvider, StoreError } from '@gaiwan/store';
import type { HistoryResult } from '../history-result.ts';
import { Random } from '../physics/random.ts';
import type { Vfs } from '../sqlite/vfs.ts';
import { World } from '../world/world.ts';
import { type Asked, Auditor } from './auditor.ts';
import { type Plan, planOf } from './plan.ts';
import { type Read, Requests } from './requests.ts';
import { simulatedSealer } from './sealer.ts';

/** Milliseconds between two attempts once faults have stopped, and how many there are. */
const RETRY = 1000;
const RETRIES = 120;
const END = ['power loss', 'power loss', 'kill', 'close'] as const;
const DAY = 86_400_000;
/** A folder in a folder: each has a name that must be durable. */
const DATA = '/gaiwan/data';

/** Runs a seed's history. `print` gets each line of it. */
export async function runStoreHistory(
  vfs: Vfs,
  seed: number,
  print?: (line: string) => void,
): Promise<HistoryResult> {
  const digest = createHash('sha256');
  const plan = planOf(new Random(`plan ${seed}`));
  const tell = (line: string) => {
    digest.update(`${line}\n`);
    print?.(line);
  };
  const world = new World(vfs, { ...plan, seed, tell });
  const history = new History(world, plan);
  const leave = world.enter();
  let end: Pick<HistoryResult, 'end' | 'why'>;
  try {
    end = { end: await history.run() };
  } catch (error) {
    end = { end: 'failed', why: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  } finally {
    world.restart(false);
    leave();
  }
  tell(`end: ${end.end}`);
  const { commits } = history;
  return { seed, kind: 'store', digest: digest.digest('hex'), counts: world.faults.counts, commits, ...end };
}

/** The medium had lied, and the store said so. */
class Refused extends Error {}

/** Of a copy: which keys the store itself may do without is not its matter. */
const readOnly = (keys: RootKeyProvider): RootKeyProvider => ({
  load: async (options) =>
    (await keys.load(options)).map(({ bytes }) => ({ bytes, settle: () => Promise.resolve() })),
});

class History {
  readonly #world: World;
  readonly #plan: Plan;
  readonly #random: Random;
  readonly #requests: Requests;
  readonly #auditor: Auditor;
  /** Of the round under way. */
  #asked: Asked[] = [];
  #copies = 0;
  commits = 0;

  constructor(world: World, plan: Plan) {
    this.#world = world;
    this.#plan = plan;
    this.#random = world.random.fork('history');
    this.#requests = new Requests(world.random.fork('requests'), world.loop);
    this.#auditor = new Auditor(world.faults, plan.isAnchored);
  }

  async run(): Promise<'whole' | 'refused'> {
    try {
      for (let start = 1; start <= this.#plan.starts; start++) {
        this.#world.faults.areOn = true;
        this.#auditor.mayFail = true;
        await this.#start(start === 1);
      }
      this.#world.faults.areOn = false;
      this.#auditor.mayFail = false;
      for (const _ of ['', 'again']) {
        await this.#onMachine(() => this.#afterAll());
        this.#world.restart(true);
      }
      return 'whole';
    } catch (error) {
      if (error instanceof Refused) return 'refused';
      throw error;
    }
  }

  /** A start of the machine, and how it ends. */
  async #start(isFirst: boolean): Promise<void> {
    const { files, faults } = this.#world;
    // First without a power loss, mostly: what the system has, and the disk has not, is built on.
    const ends = this.#random.pick(isFirst ? (['power loss', 'kill', 'kill', 'close'] as const) : END);
    // The first hundred calls or so open the store.
    if (ends !== 'close') files.stopIn(1 + this.#random.below(this.#random.pick([100, 300, 1000])));
    await this.#onMachine(() => this.#session(ends === 'close'));
    if (ends !== 'close') faults.count(ends);
    this.#world.restart(ends === 'power loss' || (ends === 'close' && this.#random.chance(0.5)));
  }

  /** Until it is done, or the machine stops. */
  async #onMachine(act: () => Promise<void>): Promise<void> {
    const { loop, files } = this.#world;
    await loop.until(Promise.race([act(), files.whenStopped]));
    const asked = this.#asked;
    this.#settle();
    this.#auditor.unanswered(asked);
  }

  async #session(closes: boolean): Promise<void> {
    const { faults } = this.#world;
    const store = await this.#open();
    if (!store) return;
    for (let rounds = this.#random.between(2, 12); rounds > 0; rounds--) {
      if (faults.comes('clock step')) this.#world.loop.step(this.#random.between(-DAY, DAY));
      if (this.#random.chance(0.05)) await this.#copy(store);
      await this.#round(store);
    }
    if (this.#random.chance(0.5)) {
      faults.areOn = false;
      await this.#progress(store);
    }
    if (closes) await this.#judged(() => store.close());
  }

  /** Without faults: it opens, is right, takes writes and keys, and ends. */
  async #afterAll(): Promise<void> {
    const store = await this.#open();
    if (!store) throw new Refused();
    await this.#progress(store);
    await this.#judged(async () => {
      const { resealed } = await store.rotateKeys();
      await resealed;
    });
    await this.#compare(store);
    await this.#judged(() => store.close());
  }

  /** Undefined where it was refused, for a reason. */
  async #open(): Promise<EmbeddedStore | undefined> {
    const { anchor } = this.#world;
    const store = await this.#judged(() =>
      openEmbeddedStore({
        folder: DATA,
        rootKey: sealedRootKey(`${DATA}/root.sealed`, simulatedSealer),
        report: (error) => this.#world.tell(`reported: ${String(error)}`),
        ...(this.#plan.isAnchored && { anchor: { anchor } }),
      }),
    );
    if (!store) return undefined;
    this.#world.tell('opened');
    return (await this.#compare(store)) ? store : undefined;
  }

  async #compare(store: EmbeddedStore): Promise<boolean> {
    const isOlder = await this.#judged(() => this.#auditor.wholeState(store));
    if (isOlder) this.#world.tell('an older state, and nobody can tell');
    return isOlder !== undefined;
  }

  /** Some requests at once, or nearly. */
  async #round(store: EmbeddedStore): Promise<void> {
    const { loop } = this.#world;
    const reads: { readonly read: Read; found?: readonly string[] }[] = [];
    const all = Array.from({ length: this.#random.between(1, 6) }, async () => {
      const isRead = this.#random.chance(0.3);
      const read = isRead ? this.#requests.read() : undefined;
      const batch = isRead ? {} : this.#requests.batch(this.#auditor.model);
      if (this.#random.chance(0.5)) await loop.sleep(this.#random.below(2000) / 1000);
      if (!read) return this.#commit(store, batch);
      const one: (typeof reads)[number] = { read };
      reads.push(one);
      const found = await this.#judged(() => read.ask(store));
      if (found) one.found = found;
    });
    if (this.#random.chance(0.1)) all.push(this.#rotate(store));
    await Promise.all(all);
    const states = this.#settle();
    for (const { read, found } of reads) if (found) this.#auditor.read(read, found, states);
  }

  async #commit(store: EmbeddedStore, batch: Asked['batch']): Promise<void> {
    const asked: Asked = { batch };
    this.#asked.push(asked);
    try {
      asked.answer = (await store.commitVersions?.(batch)) ?? [];
      this.commits++;
      this.#world.tell(`acknowledged ${asked.answer.join()}`);
    } catch (error) {
      asked.answer = { error };
      this.#world.tell(`refused: ${error instanceof CodedError ? error.code : String(error)}`);
    }
  }

  /** What was answered, or not, is known to the auditor from now on. */
  #settle() {
    const asked = this.#asked;
    this.#asked = [];
    return this.#auditor.commits(asked);
  }

  async #rotate(store: EmbeddedStore): Promise<void> {
    await this.#judged(async () => {
      const { resealed } = await store.rotateKeys();
      if (this.#random.chance(0.5)) await resealed;
    });
  }

  /** A copy is one of the states that there were, and opens under the same key. */
  async #copy(store: EmbeddedStore): Promise<void> {
    const folder = `/copy-${++this.#copies}`;
    const states = [this.#auditor.model];
    const copied = await this.#judged(async () => {
      await store.copyTo(folder);
      return true;
    });
    if (!copied) return;
    await this.#judged(async () => {
      const rootKey = readOnly(sealedRootKey(`${DATA}/root.sealed`, simulatedSealer));
      const copy = await openEmbeddedStore({ folder, rootKey, anchor: 'unchecked' });
      await this.#auditor.copy(copy, states);
      await copy.close();
    });
  }

  /** Once faults have stopped, writes go on by themselves, or the store has said that it must be opened again. */
  async #progress(store: EmbeddedStore): Promise<void> {
    for (let attempt = 1; attempt <= RETRIES; attempt++) {
      await this.#commit(store, this.#requests.plainBatch());
      const answer = this.#asked.at(-1)?.answer;
      this.#settle();
      if (answer === undefined || !('error' in answer)) return;
      const { error } = answer;
      const mustReopen = error instanceof StoreError && error.code === 'sync-failed';
      if (mustReopen || this.#world.faults.hadMediumFault) return;
      await this.#world.loop.sleep(RETRY);
    }
    throw new Error(`no progress after ${RETRIES} attempts without a fault`);
  }

  /** What it comes to; undefined where it was refused for a reason. */
  async #judged<T>(act: () => Promise<T>): Promise<T | undefined> {
    try {
      return await act();
    } catch (error) {
      this.#auditor.requireTyped(error);
      this.#world.tell(`refused: ${error instanceof CodedError ? error.code : String(error)}`);
      return undefined;
    }
  }
}
