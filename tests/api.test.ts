import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Code, ConnectError, createClient, type Transport } from '@connectrpc/connect';
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from '@connectrpc/connect-node';
import type { Gaiwan } from '@gaiwan/client';
import { authentication, frontend, gaiwan } from '@gaiwan/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gaiwan as command } from '../packages/cli/src/testing/run.ts';
import { gaiwanBin, TestPlatform } from './support/platform.ts';
import { freshKey } from './support/three-banks.ts';

let platform: TestPlatform;
let admin: Gaiwan;
let bank: Gaiwan;
let functionId: string;
beforeAll(async () => {
  platform = await TestPlatform.start();
  admin = await platform.admin();
  bank = await platform.user('bank');
  functionId = await admin.functions.register({
    name: 'builtin-echo',
    executorType: 'builtin',
    public: true,
    arguments: [{ key: 'message', allowOverwrite: true }],
  });
});
afterAll(async () => platform.stop());

const transports: [string, (baseUrl: string) => Transport][] = [
  ['gRPC', (baseUrl) => createGrpcTransport({ baseUrl, nodeOptions: { ca: platform.certificate } })],
  [
    'gRPC-Web',
    (baseUrl) =>
      createGrpcWebTransport({ baseUrl, httpVersion: '1.1', nodeOptions: { ca: platform.certificate } }),
  ],
  [
    'Connect',
    (baseUrl) =>
      createConnectTransport({
        baseUrl,
        httpVersion: '2',
        useBinaryFormat: false,
        nodeOptions: { ca: platform.certificate },
      }),
  ],
];

describe.each(transports)('over %s', (_name, transport) => {
  it('Teaclave’s first conversation works', async () => {
    const auth = createClient(authentication.TeaclaveAuthenticationApi, transport(platform.authentication));
    const { token } = await auth.userLogin({ id: 'bank', password: 'a test password' });
    const headers = { id: 'bank', token, role: 'PlatformAdmin' };
    const front = createClient(frontend.TeaclaveFrontend, transport(platform.frontend));
    const { taskId } = await front.createTask(
      { functionId, functionArguments: '{"message": "hello"}', executor: 'builtin' },
      { headers },
    );
    expect(taskId).toMatch(/^task-[0-9a-f-]{36}$/);
    const before = await front.getTask({ taskId }, { headers });
    expect(before).toMatchObject({
      status: 0,
      functionArguments: '{"message":"hello"}',
      participants: ['bank'],
    });
    expect(before.result).toBeDefined();
    await front.invokeTask({ taskId }, { headers });
    await expect.poll(async () => (await front.getTask({ taskId }, { headers })).status).toBe(10);
    const { result } = await front.getTask({ taskId }, { headers });
    expect(result?.result.case === 'Ok' && Buffer.from(result.result.value.returnValue).toString()).toBe(
      'hello',
    );
    const watched: number[] = [];
    for await (const { status } of createClient(gaiwan.TaskService, transport(platform.frontend)).watchTask(
      { taskId },
      { headers },
    ))
      watched.push(status);
    expect(watched).toEqual([10]);
    // The role that a client claims is nothing.
    await expect(front.queryAuditLogs({ query: '*', limit: 1n }, { headers })).rejects.toMatchObject({
      code: 7,
    });
  });

  it('errors are Teaclave’s, with ours as a detail', async () => {
    const auth = createClient(authentication.TeaclaveAuthenticationApi, transport(platform.authentication));
    const error = (await auth
      .userLogin({ id: 'bank', password: 'wrong' })
      .catch((e: unknown) => e)) as ConnectError;
    expect(error).toBeInstanceOf(ConnectError);
    expect([error.code, error.rawMessage]).toEqual([Code.Unauthenticated, 'authentication failed']);
    expect(error.findDetails(gaiwan.ErrorInfoSchema)[0]?.code).toBe('authentication-failed');
    const front = createClient(frontend.TeaclaveFrontend, transport(platform.frontend));
    const missing = (headers: Record<string, string>) => front.getTask({ taskId: 'x' }, { headers });
    await expect(missing({})).rejects.toMatchObject({ code: 16, rawMessage: 'missing user id' });
    await expect(missing({ id: 'bank' })).rejects.toMatchObject({ code: 16, rawMessage: 'missing token' });
    await expect(missing({ id: 'bank', token: 'x' })).rejects.toMatchObject({
      code: 16,
      rawMessage: 'incorrent credential',
    });
  });
});

it('plain JSON over HTTP/1.1 works, and an unknown method is unimplemented', async () => {
  const post = (path: string, body: string) =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const url = new URL(path, platform.authentication);
      const sent = request(
        url,
        { method: 'POST', ca: platform.certificate, headers: { 'content-type': 'application/json' } },
        (response) => {
          let text = '';
          response.on('data', (chunk: Buffer) => {
            text += chunk.toString();
          });
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        },
      );
      sent.on('error', reject).end(body);
    });
  const service = '/teaclave_authentication_service_proto.TeaclaveAuthenticationApi';
  const answer = await post(`${service}/UserLogin`, '{"id":"bank","password":"a test password"}');
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.text)).toMatchObject({ token: expect.stringMatching(/^ey/) as string });
  expect((await post(`${service}/NoSuchMethod`, '{}')).status).toBe(404);
  expect((await post(`${service}/UserLogin`, '{"id":')).status).toBe(400);
});

it('a message that is announced as longer than any may be is refused before it is there', async () => {
  const session = connectHttp2(platform.frontend, { ca: platform.certificate });
  const call = session.request({
    ':method': 'POST',
    ':path': '/teaclave_frontend_service_proto.TeaclaveFrontend/CreateTask',
    'content-type': 'application/grpc',
    te: 'trailers',
    id: 'bank',
    token: bank.token.reveal(),
  });
  // How long the message is, and nothing of it.
  const length = Buffer.alloc(5);
  length.writeUInt32BE((32 << 20) + 1, 1);
  call.write(length);
  call.resume();
  // An error comes in the first headers.
  const [headers] = (await once(call, 'response')) as [Record<string, string>];
  expect(headers['grpc-status']).toBe(String(Code.ResourceExhausted));
  session.destroy();
});

describe('bad input gets a typed error', () => {
  const create = (extra: object) =>
    bank.tasks.create({ functionId, executor: 'builtin', arguments: { message: 'x' }, ...extra });
  // Without a gRPC code: the client refuses it before it is sent.
  it.each<[string, () => Promise<unknown>, number | undefined, string]>([
    ['unknown task', () => bank.tasks.get('task-00000000-0000-4000-8000-000000000000'), 3, 'unknown-task'],
    ['no id at all', () => bank.tasks.get('../../etc/passwd'), 3, 'unknown-task'],
    [
      'unknown function',
      () => create({ functionId: 'function-00000000-0000-4000-8000-000000000000' }),
      3,
      'unknown-function',
    ],
    [
      'unknown data',
      () => bank.data.getInput('input-00000000-0000-4000-8000-000000000000'),
      3,
      'unknown-data',
    ],
    ['wrong role', () => bank.functions.register({ name: 'f', executorType: 'builtin' }), 7, 'access-denied'],
    ['wrong owner', async () => admin.tasks.get(await create({})), 7, 'access-denied'],
    ['wrong state', async () => bank.tasks.assign(await ended(), { inputs: {} }), 2, 'not-assignable'],
    [
      'cancel twice',
      async () => {
        const id = await create({});
        await bank.tasks.cancel(id);
        await bank.tasks.cancel(id);
      },
      2,
      'not-cancelable',
    ],
    ['malformed arguments', () => create({ arguments: '{"message": ' }), undefined, 'bad-arguments'],
    ['arguments that are no object', () => create({ arguments: '[1]' }), undefined, 'bad-arguments'],
    [
      'a member twice',
      () => create({ arguments: '{"message":"a","\\u006dessage":"b"}' }),
      undefined,
      'bad-arguments',
    ],
    ['a missing argument', () => create({ arguments: {} }), 3, 'arguments-mismatch'],
    ['an extra argument', () => create({ arguments: { message: '', more: 1 } }), 3, 'arguments-mismatch'],
    ['an executor that is none', () => create({ executor: 'docker' }), 13, 'bad-executor'],
    ['an undeclared slot', () => create({ inputs: { x: ['bank'] } }), 3, 'slots-mismatch'],
    [
      'too large a message',
      () => create({ arguments: { message: 'x'.repeat(5 << 20) } }),
      undefined,
      'bad-arguments',
    ],
    [
      'a name that is a path',
      () => bank.data.createOutput({ name: '../x', key: freshKey('aes-gcm-128') }),
      3,
      'bad-name',
    ],
    [
      'a scheme that is none',
      () =>
        bank.data.registerOutput({
          url: 'https://x/y',
          key: { scheme: 'rot13' as never, key: randomBytes(16) },
        }),
      13,
      'bad-scheme',
    ],
    [
      'a file: URL',
      () =>
        bank.data.registerInput({
          url: 'file:///etc/passwd',
          tag: randomBytes(16),
          key: freshKey('aes-gcm-128'),
        }),
      13,
      'scheme-not-supported',
    ],
    [
      'an origin nobody allowed',
      () =>
        bank.data.registerInput({
          url: 'http://169.254.169.254/x',
          tag: randomBytes(16),
          key: freshKey('aes-gcm-128'),
        }),
      7,
      'url-not-allowed',
    ],
    [
      'a short tag',
      () =>
        bank.data.registerInput({
          url: 'data:text/plain;base64,AAAA',
          tag: randomBytes(15),
          key: freshKey('aes-gcm-128'),
        }),
      13,
      'bad-tag-length',
    ],
    [
      'a token that is none',
      async () => {
        const client = await platform.connect();
        client.useToken('bank', 'x.y.z');
        return client.tasks.get('t');
      },
      16,
      'credentials-refused',
    ],
  ])('%s', async (_what, attempt, grpc, code) => {
    const error = await attempt().then(
      () => 'no error',
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ grpc, code });
    expect((error as Error).message.length).toBeGreaterThan(20);
  });

  async function ended(): Promise<string> {
    const id = await create({});
    await bank.tasks.invoke(id);
    await bank.tasks.result(id);
    return id;
  }

  it('an IV that has been used cannot be an output’s', async () => {
    const key = freshKey('aes-gcm-128');
    const path = join(platform.folder, 'iv.txt');
    writeFileSync(path, 'x');
    await bank.data.encryptAndUpload({ path, name: 'iv.enc', key });
    await expect(bank.data.createOutput({ name: 'out.enc', key })).rejects.toMatchObject({
      code: 'iv-reuse',
    });
  });

  it('a port or a data folder that is in use', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const data = join(platform.folder, 'other');
    const on = ['serve', '--tee', 'simulation', '--simulation', platform.machine, '--workers', '0', '--json'];
    const serve = (folder: string, frontendPort: number) =>
      on.concat('--data', folder, '--auth-port', '0', '--frontend-port', String(frontendPort));
    const refused = async (folder: string, frontendPort: number) => {
      const { code, stderr } = await command(serve(folder, frontendPort));
      expect(code).toBe(7);
      const line = stderr.split('\n').find((text) => text.startsWith('{"error"')) ?? '{}';
      return (JSON.parse(line) as { error?: { code: string } }).error?.code;
    };
    expect(await refused(data, port)).toBe('port-in-use');
    // What was begun was undone.
    expect(existsSync(data)).toBe(false);
    mkdirSync(data);
    expect(await refused(data, port)).toBe('port-in-use');
    server.close();
    // A folder that was there before stays, and its first password is still to be shown.
    const running = spawn(process.execPath, [gaiwanBin, ...serve(data, 0)], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [line] = (await once(createInterface(running.stdout), 'line')) as [string];
    expect(JSON.parse(line)).toMatchObject({ adminPassword: expect.stringMatching(/^[\w-]{16}$/) as string });
    expect(await refused(join(platform.folder, 'data'), 0)).toBe('data-folder-in-use');
    running.kill('SIGTERM');
    await once(running, 'exit');
  });
});

it('a quota holds under concurrent invocations, and the audit log tells who did what', async () => {
  const limited = await admin.functions.register({
    name: 'builtin-echo',
    executorType: 'builtin',
    public: true,
    arguments: [{ key: 'message', allowOverwrite: true }],
    usageQuota: 3,
  });
  const tasks = await Promise.all(
    Array.from({ length: 8 }, () =>
      bank.tasks.create({ functionId: limited, executor: 'builtin', arguments: { message: 'q' } }),
    ),
  );
  const outcomes = await Promise.allSettled(tasks.map((task) => bank.tasks.invoke(task)));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected')
      expect(outcome.reason).toMatchObject({ code: 'quota-used-up', grpc: 2 });
  }
  expect(await admin.functions.usage(limited)).toEqual({ quota: 3, usage: 3 });
  const logs = await admin.auditLogs('user:bank AND invoke_task', 100);
  expect(logs.filter(({ result }) => result).length).toBeGreaterThanOrEqual(3);
  expect(
    logs.some(({ message, result }) => !result && message === 'invoke_task:function quota has been used up'),
  ).toBe(true);
  expect(await admin.auditLogs('*', 0)).toEqual([]);
});
