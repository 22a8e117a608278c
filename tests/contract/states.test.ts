/** Every state of a task and every command, from the table, through clients that know nothing but the `.proto` files. */
import { TaskStatus } from '@gaiwan/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_WORKER, TestPlatform } from '../support/platform.ts';
import { type Client, clients, Drivers } from './support/drivers.ts';
import { Person } from './support/people.ts';
import { type Command, commandRows, commands, numbers, states, type TaskState } from './tables/states.ts';

const KEY = Buffer.alloc(16, 1).toString('base64');
const LOOP = Buffer.from('export function main() { for (;;); }').toString('base64');
/** The states that no task comes to while there is no worker. */
const later: readonly TaskState[] = ['Running', 'Finished', 'Failed'];

let platform: TestPlatform;
const drivers = new Drivers();
/** Tasks by client, state and command: a command that does something has a task of its own, but where it is the last of its state. */
const tasks = new Map<string, string>();
const nameOf = (client: Client, state: TaskState, command: Command) =>
  [
    client,
    state,
    ...(state !== 'Running' && commandRows[command].from.includes(state) ? [command] : []),
  ].join(' ');
const endlessOf = new Map<Client, string>();
const taskOf = (client: Client, state: TaskState, command: Command): string =>
  tasks.get(nameOf(client, state, command)) ?? expect.fail('no such task');

class Party {
  readonly ann: Person;
  readonly ben: Person;
  constructor(client: Client) {
    const driver = drivers.open(client, platform);
    [this.ann, this.ben] = [new Person(driver, `ann.${client}`), new Person(driver, `ben.${client}`)];
  }

  async login(): Promise<this> {
    for (const person of [this.ann, this.ben]) expect((await person.login()).code).toBe(0);
    return this;
  }

  create(functionId: string, executor = 'builtin', more = {}): Promise<string> {
    return this.ann.idOf('CreateTask', 'taskId', { functionId, functionArguments: '{}', executor, ...more });
  }

  /** Two participants, with a file of each. */
  createForTwo(functionId: string): Promise<string> {
    const inputsOwnership = [
      { dataName: 'one', uids: [this.ann.id] },
      { dataName: 'two', uids: [this.ben.id] },
    ];
    return this.create(functionId, 'builtin', { inputsOwnership });
  }

  async assign(person: Person, dataName: string, taskId: string): Promise<void> {
    await person.get('AssignData', { taskId, inputs: [{ dataName, dataId: await this.#file(person) }] });
  }

  #file(person: Person): Promise<string> {
    const url = 'data:text/plain;base64,aGVsbG8=';
    const cryptoInfo = { schema: 'teaclave-file-128', key: KEY };
    return person.idOf('RegisterInputFile', 'dataId', { url, cmac: KEY, cryptoInfo });
  }

  /** What a command is answered. */
  async command(name: Command, taskId: string): Promise<string> {
    const files = { inputs: [{ dataName: 'one', dataId: await this.#file(this.ann) }] };
    const request = { taskId, ...(name === 'AssignData' && files) };
    const { code, text } = await this.ann.ask('TeaclaveFrontend', name, request);
    return code === 0 ? 'done' : `${code} ${text}`;
  }

  async status(taskId: string): Promise<unknown> {
    const { status = 'Created', result } = await this.ann.get('GetTask', { taskId });
    // Present in every state: clients of Teaclave's rely on that.
    expect(result).toBeDefined();
    return status;
  }
}

interface Functions {
  readonly two: string;
  readonly echo: string;
  readonly disabled: string;
}

/** Brings a task to a state, or where it will come to it when a worker is there. */
async function bring(party: Party, state: TaskState, { two, echo, disabled }: Functions): Promise<string> {
  const { ann, ben } = party;
  if (state === 'Created' || state === 'DataAssigned' || state === 'Approved') {
    const taskId = await party.createForTwo(two);
    if (state === 'Created') return taskId;
    await party.assign(ann, 'one', taskId);
    await party.assign(ben, 'two', taskId);
    if (state === 'DataAssigned') return taskId;
    for (const person of [ann, ben]) await person.get('ApproveTask', { taskId });
    return taskId;
  }
  const taskId = await party.create(state === 'Failed' ? disabled : echo);
  await ann.get(state === 'Canceled' ? 'CancelTask' : 'InvokeTask', { taskId });
  return taskId;
}

beforeAll(async () => {
  platform = await TestPlatform.start([], { first: NO_WORKER });
  for (const client of clients) {
    const admin = new Person(drivers.open(client, platform), 'admin');
    await admin.login();
    for (const name of ['ann', 'ben']) await admin.register(`${name}.${client}`, 'DataOwner', 'group');
    const party = await new Party(client).login();
    const register = (definition = {}) =>
      admin.idOf('RegisterFunction', 'functionId', {
        name: 'builtin-echo',
        executorType: 'builtin',
        public: true,
        usageQuota: -1,
        ...definition,
      });
    const functions = {
      two: await register({ inputs: [{ name: 'one' }, { name: 'two' }] }),
      echo: await register(),
      endless: await register({ name: 'endless', executorType: 'javascript', payload: LOOP }),
      disabled: await register(),
    };
    endlessOf.set(client, functions.endless);
    for (const state of states.filter((state) => state !== 'Running'))
      for (const command of commands) {
        const name = nameOf(client, state, command);
        if (!tasks.has(name)) tasks.set(name, await bring(party, state, functions));
      }
    // A worker that takes the task finds that it may not run any more.
    await admin.get('DisableFunction', { functionId: functions.disabled });
  }
});
afterAll(async () => {
  await drivers.dispose();
  await platform.stop();
});

describe.each([
  ['without a worker', states.filter((state) => !later.includes(state))],
  ['with a worker', later],
] as const)('%s', (when, reached) => {
  beforeAll(async () => {
    if (when === 'without a worker') return;
    await platform.kill('SIGTERM');
    await platform.boot();
  });

  describe.each(clients)('a client of %s', (client) => {
    let party: Party;
    beforeAll(async () => {
      party = await new Party(client).login();
      if (when === 'without a worker') return;
      // It has a place of the worker to itself, until its last command ends it.
      const taskId = await party.create(endlessOf.get(client) ?? '', 'javascript');
      await party.ann.get('InvokeTask', { taskId });
      tasks.set(nameOf(client, 'Running', 'CancelTask'), taskId);
    });

    describe.each(reached)('finds a task in the state %s, and', (state) => {
      it.each(commands)('%s', async (command) => {
        const taskId = taskOf(client, state, command);
        await expect.poll(() => party.status(taskId)).toBe(state);
        const { from, text } = commandRows[command];
        expect(await party.command(command, taskId)).toBe(from.includes(state) ? 'done' : `2 ${text}`);
        if (!from.includes(state)) expect(await party.status(taskId)).toBe(state);
      });
    });
  });
});

it('the states have the numbers of the contract', () => expect(TaskStatus).toEqual(numbers));
