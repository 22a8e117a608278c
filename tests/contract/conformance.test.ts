/** Teaclave's contract from its tables, through clients that know nothing but its `.proto` files. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_WORKER, TestPlatform } from '../support/platform.ts';
import type { Driver } from './support/driver.ts';
import { clients, Drivers } from './support/drivers.ts';
import { Person } from './support/people.ts';
import { errorRows, type Given } from './tables/errors.ts';
import { listRow, managing, type Role, registering, roleRows, roles } from './tables/roles.ts';

let platform: TestPlatform;
const drivers = new Drivers();
beforeAll(async () => {
  platform = await TestPlatform.start([...NO_WORKER, '--allow-url', ORIGIN]);
});
afterAll(async () => {
  await drivers.dispose();
  await platform.stop();
});

/** Nothing is fetched from it: no task runs. */
const ORIGIN = 'http://127.0.0.1:9';
const AUTHENTICATION = 'TeaclaveAuthenticationApi';
const FRONTEND = 'TeaclaveFrontend';
const refused = { code: 7, text: 'permission denied' };

describe.each(clients)('a client of %s', (client) => {
  let driver: Driver;
  let admin: Person;
  /** One of each role; the last two of the same group. */
  const people = new Map<Role, Person>();
  const personOf = (role: Role): Person => people.get(role) ?? expect.fail(`nobody is ${role}`);
  const group = `group-of-${client}`;

  beforeAll(async () => {
    driver = drivers.open(client, platform);
    admin = new Person(driver, 'admin');
    expect((await admin.login()).code).toBe(0);
    for (const role of roles) people.set(role, await admin.register(`${role}.${client}`, role, group));
  });

  describe.each(roleRows)('$method', ({ method, request, allowed, answer }) => {
    it.each(roles)('by a user of the role %s', async (role) => {
      const { code, text } = await personOf(role).ask(FRONTEND, method, request);
      expect({ code, text }).toEqual(allowed.includes(role) ? answer : refused);
    });

    it('with a token that is none', async () => {
      const { code, text } = await personOf('DataOwner').ask(FRONTEND, method, request, 'x.y.z');
      expect({ code, text }).toEqual({ code: 16, text: 'incorrent credential' });
    });
  });

  it.each(roles)('ListFunctions by a user of the role %s', async (role) => {
    const person = personOf(role);
    const list = async (userId: string) => (await person.ask(FRONTEND, listRow.method, { userId })).code;
    expect(await list(person.id)).toBe(listRow.own.includes(role) ? 0 : 7);
    expect(await list('admin')).toBe(listRow.others.includes(role) ? 0 : 7);
  });

  describe.each(roles)('a user of the role %s', (role) => {
    it.each(roles)('and the registration of one of the role %s, its new password, its end', async (other) => {
      const id = `${role}-${other}.${client}`;
      const attribute = role === 'FunctionOwner' ? `of-${group}` : group;
      const account = { id, password: 'x', role: other, attribute };
      const ask = async (by: Person, method: string, request: Record<string, string>) => {
        const { code, text } = await by.ask(AUTHENTICATION, method, request);
        return code === 0 ? 'done' : `${code} ${text}`;
      };
      const registers = registering[role].includes(other);
      expect(await ask(personOf(role), 'UserRegister', account)).toBe(
        registers ? 'done' : '16 permission denied',
      );
      if (!registers) expect(await ask(admin, 'UserRegister', account)).toBe('done');
      const manages = managing[role].includes(other);
      for (const method of ['ResetUserPassword', 'DeleteUser'])
        expect(await ask(personOf(role), method, { id })).toBe(manages ? 'done' : '16 permission denied');
    });

    it('and a user of another group', async () => {
      const account = {
        id: `${role}-far.${client}`,
        password: 'x',
        role: 'DataOwner',
        attribute: `not-${group}`,
      };
      const { code } = await personOf(role).ask(AUTHENTICATION, 'UserRegister', account);
      expect(code).toBe(role === 'PlatformAdmin' ? 0 : 16);
    });
  });

  describe('is answered', () => {
    let given: Given;
    let by: Record<'admin' | 'owner' | 'ann' | 'ben', Person>;
    beforeAll(async () => {
      const ann = await admin.register(`ann.${client}`, 'DataOwner', group);
      const ben = await admin.register(`ben.${client}`, 'DataOwner', group);
      by = { admin, owner: personOf('FunctionOwner'), ann, ben };
      const definition = {
        name: 'f',
        executorType: 'builtin',
        public: true,
        arguments: [
          { key: 'message', allowOverwrite: true },
          { key: 'fixed', defaultValue: 'z', allowOverwrite: false },
        ],
        inputs: [{ name: 'data' }],
        usageQuota: -1,
      };
      const functionId = await by.owner.idOf('RegisterFunction', 'functionId', definition);
      const once = await by.owner.idOf('RegisterFunction', 'functionId', {
        name: 'builtin-echo',
        executorType: 'builtin',
        public: true,
        usageQuota: 1,
      });
      const newTask = (of: string, more = {}) =>
        ann.idOf('CreateTask', 'taskId', {
          functionId: of,
          functionArguments: '{}',
          executor: 'builtin',
          ...more,
        });
      await ann.get('InvokeTask', { taskId: await newTask(once) });
      const cryptoInfo = { schema: 'teaclave-file-128', key: Buffer.alloc(16, 1).toString('base64') };
      const url = 'data:text/plain;base64,aGVsbG8=';
      const cmac = cryptoInfo.key;
      given = {
        ann: ann.id,
        ben: ben.id,
        function: functionId,
        usedUp: await newTask(once),
        input: await ann.idOf('RegisterInputFile', 'dataId', { url, cmac, cryptoInfo }),
        output: await ann.idOf('RegisterOutputFile', 'dataId', { url: `${ORIGIN}/out`, cryptoInfo }),
        fusion: await ann.idOf('RegisterFusionOutput', 'dataId', { ownerList: [ann.id, ben.id] }),
        task: await newTask(functionId, {
          functionArguments: '{"message":"x"}',
          inputsOwnership: [{ dataName: 'data', uids: [ann.id] }],
        }),
      };
    });

    it.each(errorRows)('$code $text to $what ($method)', async (row) => {
      const service = row.service ?? FRONTEND;
      const request = row.request(given);
      const { code, text, detail } =
        row.metadata === undefined
          ? await by[row.by].ask(service, row.method, request)
          : await driver.call({ service, method: row.method, request, metadata: row.metadata });
      expect({ code, detail }).toEqual({ code: row.code, detail: row.detail });
      const [beginning = '', open] = row.text.replace('$output', given.output).split('…');
      if (open === undefined) expect(text).toBe(beginning);
      else expect(text.startsWith(beginning)).toBe(true);
    });
  });
});
