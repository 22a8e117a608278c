/** Every method that anybody can call, by an account that holds a key: what its session alone can do with each. */
import { randomUUID } from 'node:crypto';
import { create, type DescMessage, toBinary } from '@bufbuild/protobuf';
import { authorityOfMethod, frontend, gaiwan, signedMethods, TaskStatus } from '@gaiwan/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  defaultTaskLimits,
  defaultTaskMaxima,
  encodeRecord,
  keys,
  type TaskRecord,
  type UserRecord,
} from '../domain/index.ts';
import { KeySignatures } from '../pipeline/key-signatures.ts';
import type { ServedMethod } from '../pipeline/public-service.ts';
import type { Blobs, Caller } from '../ports.ts';
import { AuthenticationService, authenticationServices } from '../services/authentication/index.ts';
import { createManagement, frontendServices } from '../services/management/index.ts';
import { LocalTaskEvents } from '../services/scheduler/index.ts';
import { StoredAuditLog } from '../state/audit-log.ts';
import { OpenAccounts } from '../state/open-accounts.ts';
import { readRecord } from '../state/transaction.ts';
import { NotedAudit } from '../testing/audit.ts';
import { openTestHoldings } from '../testing/holdings.ts';
import { headersOf, statementOf, TestKey } from '../testing/keys.ts';
import { ManagementTest } from '../testing/management.ts';
import { putAccounts, subjectOf } from '../testing/subjects.ts';

const key = new TestKey();
const bank: Caller = {
  id: 'bank',
  subject: subjectOf('bank'),
  role: { name: 'PlatformAdmin', attribute: '' },
  address: '::1',
  key: key.account,
};
const reached: string[] = [];
const instance = 'ab'.repeat(32);
let test: ManagementTest;
let methods: {
  readonly served: ServedMethod;
  readonly call: (signature: string, request: Record<string, unknown>) => Promise<unknown>;
}[];
let ids: Readonly<Record<string, string>>;

beforeAll(async () => {
  test = await ManagementTest.open();
  const { store, clock } = test.stored;
  await putAccounts(store, [bank.subject]);
  const { key: _, ...before } = bank;
  const functionId = await test.register(before, { payload: Buffer.from('the code'), public: false });
  const taskId = await test.createTask(before, functionId, {}, {});
  const dataId = await test.output(before, 1);
  const { dataId: inputId } = await test.management.frontend.registerInputFile(
    before,
    create(frontend.RegisterInputFileRequestSchema, {
      url: 'https://allowed.example/in',
      cmac: new Uint8Array(16),
      cryptoInfo: { schema: 'aes-gcm-128', key: new Uint8Array(16), iv: new Uint8Array(12) },
    }),
  );
  const { agreementId } = await test.management.agreements.proposeAgreement(
    before,
    create(gaiwan.ProposeAgreementRequestSchema, { taskId, uses: 1n, until: 2n ** 50n }),
  );
  const named = { functionId, taskId, dataId, inputId: String(inputId), agreementId: String(agreementId) };
  ids = { ...named, id: 'bank', userId: 'bank' };
  const task = await readRecord<TaskRecord>(store, keys.task(taskId));
  const outcome = { ok: true, returnValue: Buffer.from('the result'), tags: {}, log: ['the log'] } as const;
  const ended = { ...task, logs: ['creator'], status: TaskStatus.Finished, outcome };
  const held = { current: key.account, former: [], recovery: '' };
  const user: Partial<UserRecord> = { id: 'bank', subject: bank.subject, role: bank.role, keys: held };
  await store.commit({
    put: [
      { key: keys.task(taskId), value: encodeRecord(ended) },
      { key: keys.user('bank'), value: encodeRecord(user) },
    ],
  });
  const accounts = new OpenAccounts(store);
  const signatures = new KeySignatures({ clock, instance });
  clock.time += 1000;
  const access = { require: () => undefined, permits: () => true };
  const blobs = new Proxy({} as Blobs, {
    get: (_target, member) => async () => {
      reached.push(String(member));
      return { url: '', path: '', capability: '', received: 0, complete: false, size: 0 };
    },
  });
  const management = createManagement({
    store,
    scheduler: {
      enqueue: () => undefined,
      drop: () => undefined,
      canRun: () => true,
      hasTwoWorkersFor: () => true,
      hasAbleWorkerFor: () => true,
    },
    events: new LocalTaskEvents(),
    blobs,
    audit: new StoredAuditLog(store),
    access,
    holdings: await openTestHoldings(store),
    ids: randomUUID,
    requireAllowedUrl: () => undefined,
    taskLimits: defaultTaskLimits,
    taskMaxima: defaultTaskMaxima,
    retention: {},
  });
  const audit = new NotedAudit();
  const options = { store, clock, access, accounts, signatures, audit, events: new LocalTaskEvents() };
  const authenticator = { authenticate: async () => bank };
  const authentication = await AuthenticationService.open({ store, clock });
  // Its own look at tokens is not what is tried here.
  Object.assign(authentication, authenticator);
  methods = [
    ...frontendServices(management, { ...options, authenticator }),
    ...authenticationServices(authentication, options),
  ].flatMap(({ methods: all, pipeline }) =>
    all
      .filter(({ handler }) => handler.kind !== 'open')
      .map((served) => ({
        served,
        call: async (signature, request) => {
          const incoming = {
            header: headersOf('bank', signature),
            bytes: () => toBinary(served.method.input, create(served.method.input, request)),
            address: '::1',
            signal: new AbortController().signal,
          };
          const { handler } = served;
          const message = create(served.method.input, request);
          if (handler.kind === 'unary') return pipeline?.callUnary(handler, message, incoming);
          if (handler.kind !== 'stream' || !pipeline) throw new Error(served.method.name);
          const found: unknown[] = [];
          for await (const one of pipeline.callStream(handler, message, incoming)) found.push(one);
          return found;
        },
      })),
  );
});
afterAll(() => test.close());

/** What the request's fields of these names are, so that there is something to be reached. */
const requestOf = (input: DescMessage): Record<string, unknown> =>
  Object.fromEntries(
    input.fields.flatMap(({ localName }) => {
      const onInput = localName === 'dataId' && /Input(?:File)?Request$/.test(input.name);
      const id = ids[onInput ? 'inputId' : localName];
      // A new user has a new name.
      const value = input.name === 'UserRegisterRequest' && localName === 'id' ? 'new' : id;
      const role = localName === 'role' ? 'DataOwner' : localName === 'attribute' ? 'group' : undefined;
      const password = localName === 'password' ? 'x' : undefined;
      const digest = localName === 'digest' ? new Uint8Array(32) : undefined;
      const text = value ?? role ?? password ?? digest;
      return text === undefined ? [] : [[localName, text]];
    }),
  );

async function everything(): Promise<string> {
  const { store } = test.stored;
  const found: unknown[] = [];
  for (const prefix of [
    keys.users(),
    ['function'],
    ['data'],
    ['content'],
    ['held'],
    ['storage-quota'],
    ['task'],
    ['agreement'],
    ['blob'],
    ['iv'],
    ['user-task'],
  ])
    for await (const { key: name, version } of store.entries(prefix)) found.push([name, version]);
  return JSON.stringify(found);
}

it('each method has a row in the table, and each row a method', () => {
  expect(methods.map(({ served }) => served.method.name).sort()).toEqual(Object.keys(signedMethods).sort());
});

it('a session alone does nothing that wants the key, and sees nothing that only the key shows', async () => {
  const before = await everything();
  let asked = 0;
  for (const { served, call } of methods) {
    const { name, input } = served.method;
    const wanted = authorityOfMethod(name)?.signature;
    const answer = await call('', requestOf(input)).then(
      (reply) => ({
        text: JSON.stringify(reply, (_key, value) => (typeof value === 'bigint' ? `${value}` : value)),
        reply,
        code: undefined,
      }),
      (error: unknown) => ({ text: '', reply: undefined, code: (error as { code?: string }).code }),
    );
    if (wanted === 'required') expect(answer.code, name).toBe('signature-missing');
    if (wanted === 'refused') expect(answer.code, name).toBe('approval-without-digest');
    if (wanted === 'for results') expect(answer.code, name).toBeUndefined();
    if (wanted === 'none') expect(answer.code ?? '', name).not.toMatch(/^signature/);
    for (const secret of ['the result', 'the log', 'the code'])
      for (const text of [secret, ...secretForms(secret)]) expect(answer.text, name).not.toContain(text);
    asked++;
  }
  expect(asked).toBeGreaterThan(40);
  expect(reached).toEqual([]);
  expect(await everything()).toBe(before);
});

it('with its signature it sees all of them', async () => {
  const shown: Record<string, string> = {
    GetTask: 'the log',
    WatchTask: 'the log',
    GetTaskReport: 'the log',
  };
  const seen: string[] = [];
  for (const { served, call } of methods) {
    const { name, input } = served.method;
    const text = shown[name];
    if (text === undefined && name !== 'GetFunction') continue;
    const request = requestOf(input);
    const { time } = test.stored.clock;
    const statement = statementOf(name, input, create(input, request), {
      instance,
      subject: bank.subject,
      time,
    });
    const reply = JSON.stringify(await call(key.text(statement), request));
    const wanted = text === undefined ? secretForms('the code') : [text];
    if (wanted.some((form) => reply.includes(form))) seen.push(name);
  }
  expect(seen.sort()).toEqual(['GetFunction', 'GetTask', 'GetTaskReport', 'WatchTask']);
});

/** How bytes look in JSON. */
const secretForms = (secret: string): string[] => [
  JSON.stringify(Buffer.from(secret)),
  JSON.stringify(new Uint8Array(Buffer.from(secret))),
  Buffer.from(secret).toString('base64'),
];
