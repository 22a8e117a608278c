/** What a platform has before a history begins: accounts and functions. Made once for all that have no disk, since to make it costs as much as a history. */
import { authentication, frontend } from '@gaiwan/protocol';
import { Random } from '../physics/random.ts';
import type { Vfs } from '../sqlite/vfs.ts';
import { World } from '../world/world.ts';
import { Journal } from './journal.ts';
import { Machine } from './machine.ts';
import { Kept, MemoryStore } from './memory-store.ts';
import { type Product, subtle } from './product.ts';
import { User, type UserOptions } from './user.ts';

export const NAMES = ['ann', 'ben'] as const;
export const passwordOf = (id: string): string => `the password of ${id}`;

/** Their ids. */
export interface Functions {
  readonly echo: string;
  readonly sum: string;
}

export interface Start {
  readonly kept: Kept;
  readonly functions: Functions;
}

/** More than anybody's tasks, and few enough to be counted. */
const QUOTA = 1000;

/** Without faults. */
export async function prepare(
  context: Pick<UserOptions, 'world' | 'machine' | 'journal'>,
  random: Random,
): Promise<Functions> {
  const userOf = (id: string, password: string) =>
    new User({ ...context, id, password, random: random.fork(id), onAnswer: () => undefined });
  const admin = userOf('admin', context.machine.adminPassword);
  const { userRegister } = authentication.TeaclaveAuthenticationApi.method;
  const register = (id: string, role: string, attribute: string) =>
    admin.ask(userRegister, { id, password: passwordOf(id), role, attribute });
  await register('vendor', 'FunctionOwner', '');
  for (const name of NAMES) await register(name, 'DataOwner', 'group');
  const vendor = userOf('vendor', passwordOf('vendor'));
  const slot = (name: string) => [{ name, description: '', optional: false }];
  const { registerFunction } = frontend.TeaclaveFrontend.method;
  const base = {
    executorType: 'builtin',
    public: true,
    arguments: [{ key: 'n', defaultValue: '', allowOverwrite: true }],
  };
  const files = { inputs: slot('in'), outputs: slot('out') };
  const echo = await vendor.get(registerFunction, { ...base, name: 'echo', usageQuota: QUOTA });
  const sum = await vendor.get(registerFunction, { ...base, ...files, name: 'sum', usageQuota: -1 });
  if (!echo || !sum) throw new Error('the functions could not be registered, without a fault');
  return { echo: echo.functionId, sum: sum.functionId };
}

let made: Promise<Start> | undefined;

/** The same for every history, in every process. */
export function startOf(vfs: Vfs, product: Product): Promise<Start> {
  made ??= makeStart(vfs, product);
  return made;
}

async function makeStart(vfs: Vfs, product: Product): Promise<Start> {
  const kept = new Kept();
  const common = { sector: 4096, checkpointPages: 1000, rates: new Map(), tell: () => undefined } as const;
  const world = new World(vfs, { ...common, seed: 0 });
  const { loop, faults } = world;
  const random = new Random('start');
  const openStore = () => Promise.resolve(new MemoryStore(kept, { loop, faults, random }));
  const machine = new Machine({ world, product, workers: 0, openStore });
  const leave = world.enter({ webcrypto: { subtle } });
  try {
    const functions = await loop.until(
      (async () => {
        await machine.start();
        return prepare({ world, machine, journal: new Journal() }, random);
      })(),
    );
    return { kept, functions };
  } finally {
    machine.process?.end();
    world.restart(false);
    leave();
  }
}
