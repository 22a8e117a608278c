/**
 * A day of a platform, with the real store and certificates with evidence: keys rotate, certificates are renewed, sessions end, processes are
 * killed, the machine is suspended for hours; and all that was asked for is done.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AttestedIdentity,
  type Machine as AttestedMachine,
  createSimulation,
  openMachine,
  sealedRootKey,
} from '@gaiwan/enclave';
import { type EmbeddedStore, openEmbeddedStore } from '@gaiwan/store';
import { PeerVerifier } from '@gaiwan/trust';
import { START } from '../physics/loop.ts';
import type { Random } from '../physics/random.ts';
import type { Vfs } from '../sqlite/vfs.ts';
import { simulatedSealer } from '../store/sealer.ts';
import { World } from '../world/world.ts';
import { PlatformAuditor } from './auditor.ts';
import { Journal } from './journal.ts';
import { Machine } from './machine.ts';
import { loadProduct, type Product, wholeSubtle } from './product.ts';
import { NAMES, passwordOf, prepare } from './start.ts';
import { User } from './user.ts';

/** Milliseconds. */
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const HOURS = 24;
const ROTATES_EVERY = 1.5 * HOUR;
const WORKS_EVERY = 20 * MINUTE;
const STARTS_AGAIN = 500;
const PAUSE = 20_000;
const SUSPENDED = 2 * HOUR;
/** Seconds. */
const SESSION = 4 * 3600;
const MOST_EVENTS = 4_000_000;
const DATA = '/gaiwan/data';
const MEASURED = { bundle: 'ab'.repeat(32), configuration: 'cd'.repeat(32) };

/** How often things were done. */
export interface DayResult {
  readonly rotations: number;
  readonly renewals: number;
  readonly logins: number;
  readonly tasks: number;
  /** Connections of workers at which each side judged the other. */
  readonly connections: number;
  readonly starts: number;
  readonly hours: number;
}

/** @throws Violation and what else goes wrong (rejects) */
export async function runDay(vfs: Vfs, seed: number, tell: (line: string) => void): Promise<DayResult> {
  const product = await loadProduct();
  const attested = await simulatedMachine();
  const rates = new Map([
    ['lost connection', 0.0005],
    ['killed run', 0.02],
  ] as const);
  const options = { rates, sector: 4096, checkpointPages: 1000, mostEvents: MOST_EVENTS } as const;
  const world = new World(vfs, { ...options, seed, tell });
  const leave = world.enter({ webcrypto: { subtle: wholeSubtle((work) => world.loop.outside(work)) } });
  const day = new Day(world, product, attested);
  try {
    return await world.loop.until(day.run());
  } finally {
    day.stop();
    world.restart(false);
    leave();
  }
}

/** Who attests, and whom to trust: made of a folder, before there is a world. */
async function simulatedMachine(): Promise<AttestedMachine> {
  const folder = await mkdtemp(join(tmpdir(), 'gaiwan-day-'));
  try {
    const simulation = join(folder, 'simulation');
    await createSimulation(simulation, { now: START });
    return await openMachine({ tee: 'simulation', simulation }, MEASURED);
  } finally {
    await rm(folder, { recursive: true });
  }
}

class Day {
  readonly #world: World;
  readonly #product: Product;
  readonly #attested: AttestedMachine;
  readonly #random: Random;
  readonly #machine: Machine;
  readonly #journal = new Journal();
  readonly #identities: AttestedIdentity[] = [];
  readonly #counts = { rotations: 0, renewals: 0, connections: 0, starts: 0 };
  #store: EmbeddedStore | undefined;
  #isOver = false;

  constructor(world: World, product: Product, attested: AttestedMachine) {
    this.#world = world;
    this.#product = product;
    this.#attested = attested;
    this.#random = world.random.fork('day');
    this.#machine = new Machine({
      world,
      product,
      workers: 1,
      tokenLife: SESSION,
      openStore: () => this.#openStore(),
      judge: () => world.loop.outside(this.#judge()),
      beside: () => this.#keepKeysYoung(),
    });
  }

  async run(): Promise<DayResult> {
    const { loop, faults } = this.#world;
    await loop.outside(this.#makeIdentities());
    void this.#supervise();
    const context = { world: this.#world, machine: this.#machine, journal: this.#journal };
    const functions = await prepare(context, this.#random.fork('prepare'));
    const users = NAMES.map(
      (id) =>
        new User({
          ...context,
          id,
          password: passwordOf(id),
          random: this.#random.fork(id),
          onAnswer: () => undefined,
        }),
    );
    faults.areOn = true;
    void this.#strikes();
    await Promise.all(
      users.map(async (user) => {
        while (loop.now < HOURS * HOUR) {
          await (this.#random.chance(0.5) ? user.runEcho(functions.echo) : user.runSum(functions.sum));
          await loop.sleep(this.#random.below(2 * WORKS_EVERY));
        }
      }),
    );
    faults.areOn = false;
    const auditor = new PlatformAuditor({ ...context, users, functions });
    await auditor.progress();
    await auditor.works();
    this.#machine.end(true);
    await auditor.whole();
    const logins = users.reduce((sum, user) => sum + user.logins, 0);
    return { ...this.#counts, logins, tasks: this.#journal.tasks.length, hours: loop.now / HOUR };
  }

  stop(): void {
    this.#isOver = true;
    this.#machine.process?.end();
    for (const worker of this.#machine.workers.running) worker.end();
    for (const identity of this.#identities) identity.close();
  }

  async #supervise(): Promise<void> {
    while (!this.#isOver) {
      if (await this.#machine.start()) this.#counts.starts++;
      await this.#machine.whenOver();
      await this.#world.loop.sleep(STARTS_AGAIN);
    }
  }

  /** An hour, a blow. */
  async #strikes(): Promise<void> {
    const { loop, faults } = this.#world;
    for (let hour = 0; faults.areOn && !this.#isOver; hour++) {
      await loop.sleep(HOUR);
      const [worker] = this.#machine.workers.running;
      const kind = (['worker kill', 'paused platform', 'clock step', 'kill'] as const)[hour % 4];
      if (kind === undefined || !faults.areOn) continue;
      faults.count(kind);
      if (kind === 'worker kill') worker?.end();
      else if (kind === 'paused platform') this.#machine.process?.pause(PAUSE);
      else if (kind === 'kill') this.#machine.end(false);
      else {
        // As a suspended machine: the time of day goes on, and nothing else does; and every connection is lost.
        loop.step(SUSPENDED);
        worker?.end();
      }
    }
  }

  async #makeIdentities(): Promise<void> {
    const { attester, configuration } = this.#attested;
    for (let count = 0; count < 2; count++) {
      const identity = await AttestedIdentity.create({ attester, configuration });
      identity.onRenewal(() => this.#counts.renewals++);
      this.#identities.push(identity);
    }
  }

  /** As both sides of a connection do it: a certificate is renewed where the time of day asks for it, and judged by the other one. */
  async #judge(): Promise<void> {
    const { trust, self } = this.#attested;
    const verifier = new PeerVerifier({ ...trust, policies: [self] });
    for (const identity of this.#identities) {
      await identity.refresh();
      await verifier.verify(identity.current.der);
    }
    this.#counts.connections++;
  }

  async #openStore(): Promise<EmbeddedStore> {
    this.#store = await openEmbeddedStore({
      folder: `${DATA}/store`,
      rootKey: sealedRootKey(`${DATA}/root.sealed`, simulatedSealer),
      report: (error) => this.#world.tell(`reported: ${String(error)}`),
    });
    return this.#store;
  }

  #keepKeysYoung(): void {
    const store = this.#store;
    if (!store) return;
    const report = (error: unknown) => this.#world.tell(`reported: ${String(error)}`);
    const { rotate } = this.#product.keepKeysYoung(store, { clock: this.#product.systemClock, report });
    setInterval(() => {
      rotate().then(() => this.#counts.rotations++, report);
    }, ROTATES_EVERY);
  }
}
