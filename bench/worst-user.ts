/** A user who does its worst within its rights, in a process of its own: see one-user.ts. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { connect, type Gaiwan, simulationTrust } from '@gaiwan/client';
import { invokeEcho } from '../tests/support/echo.ts';

/** What it is told at its beginning. */
export interface Told {
  readonly authentication: string;
  readonly frontend: string;
  /** Folder of the simulated machine. */
  readonly machine: string;
  /** File with a policy that accepts the platform. */
  readonly policy: string;
  readonly id: string;
  readonly token: string;
  readonly echo: string;
  /** A function with so many slots. */
  readonly wide: string;
  readonly slots: number;
}

const RECORDS = 12;
const RECORD = 3 << 20;
const QUEUED = 500;

class Worst {
  readonly did: Record<'lists' | 'slots' | 'uploads' | 'tasks', number> = {
    lists: 0,
    slots: 0,
    uploads: 0,
    tasks: 0,
  };
  readonly #told: Told;
  readonly #client: Gaiwan;
  #input = '';

  constructor(told: Told, client: Gaiwan) {
    this.#told = told;
    this.#client = client;
  }

  /** Large records, to be listed. */
  async prepare(): Promise<void> {
    for (let n = 0; n < RECORDS; n++) {
      const key = { scheme: 'aes-gcm-256' as const, key: randomBytes(32), iv: randomBytes(12) };
      const url = `data:text/plain;base64,${randomBytes(RECORD).toString('base64')}`;
      this.#input = await this.#client.data.registerInput({ url, tag: randomBytes(16), key });
    }
  }

  async list(): Promise<void> {
    await Promise.all([
      this.#client.data.list({ pageSize: 200 }),
      this.#client.tasks.list({ pageSize: 200 }),
    ]);
    this.did.lists += 2;
  }

  /** A task whose slots all have the same data, which is none: it ends as its worker looks at it. */
  async fillSlots(): Promise<void> {
    const { wide, slots, id } = this.#told;
    const each = <T>(value: T) =>
      Object.fromEntries(Array.from({ length: slots }, (_, n) => [`in-${n}`, value]));
    const { tasks } = this.#client;
    const task = await tasks.create({
      functionId: wide,
      executor: 'builtin',
      arguments: { message: 'x' },
      inputs: each([id]),
    });
    await tasks.assign(task, { inputs: each(this.#input) });
    await tasks.invoke(task);
    this.did.slots += slots;
  }

  async upload(): Promise<void> {
    const open = async function* () {
      yield Buffer.alloc(1);
    };
    await this.#client.data.upload({ size: 1, open }, { name: 'x' });
    this.did.uploads++;
  }

  /** Each with a watch, until it has ended. */
  async task(): Promise<void> {
    const task = await invokeEcho(this.#client, this.#told.echo, 'x');
    this.did.tasks++;
    await this.#client.tasks.result(task);
  }

  /** Until the signal, then for as long as what was begun takes. What is refused is tried again a moment later. */
  async attack(until: AbortSignal): Promise<void> {
    const loop = async (act: () => Promise<void>) => {
      while (!until.aborted) await act().catch(() => new Promise((resolve) => setTimeout(resolve, 100)));
    };
    const loops = (count: number, act: () => Promise<void>) => Array.from({ length: count }, () => loop(act));
    await Promise.all([
      ...loops(8, () => this.list()),
      ...loops(2, () => this.fillSlots()),
      ...loops(8, () => this.upload()),
      ...loops(QUEUED, () => this.task()),
    ]);
  }
}

async function main(): Promise<void> {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const { value } = await lines.next();
  // Of our own other end.
  const told = JSON.parse(value as string) as Told;
  const { authentication, frontend, machine, policy, id, token } = told;
  const reference = { policies: [JSON.parse(readFileSync(policy, 'utf8')) as object] };
  const client = await connect({
    authentication,
    frontend,
    trust: { ...(await simulationTrust(machine)), reference },
  });
  client.useToken(id, token);
  const worst = new Worst(told, client);
  await worst.prepare();
  console.log('ready');
  while (!(await lines.next()).done) {
    const before = { ...worst.did };
    const ended = new AbortController();
    const attack = worst.attack(ended.signal);
    console.log('begun');
    await lines.next();
    ended.abort();
    await attack;
    const did = Object.entries(worst.did).map(
      ([what, count]) => `${count - (before[what as keyof typeof before] ?? 0)} ${what}`,
    );
    console.log(did.join(', '));
  }
  client.close();
}

await main();
