/** Services without the platform: the example, and two of the platform's own started alone. */
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Client, createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { AttestedIdentity, createSimulation, openSimulation } from '@gaiwan/enclave';
import { authentication, storage } from '@gaiwan/protocol';
import { connectAttested, PeerVerifier, simulatedRegisters, simulationTrust } from '@gaiwan/trust';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { gaiwanBin, temporaryFolder } from './support/platform.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = temporaryFolder();
const machine = join(folder, 'machine');
beforeAll(() => createSimulation(machine, { now: Date.now() }));

interface Program {
  /** The first line that it printed. */
  readonly ready: Readonly<Record<string, unknown>>;
  stop(): Promise<void>;
}

async function start(args: readonly string[], env: Record<string, string> = {}): Promise<Program> {
  const child: ChildProcess = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    return {
      ready: JSON.parse(line) as Program['ready'],
      async stop() {
        child.kill('SIGTERM');
        await gone;
      },
    };
  }
  throw new Error(complaint);
}

async function run(
  args: readonly string[],
): Promise<{ code: number | null; out: string; complaint: string }> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, complaint] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out, complaint };
}

describe('examples/standalone-enclave', () => {
  const example = join(root, 'examples/standalone-enclave');
  const data = join(folder, 'kv');
  const serve = (from = example) => start([join(from, 'server.js'), data, machine], { PORT: '0' });
  const client = ({ ready }: Program, ...args: readonly string[]) =>
    run([join(example, 'client.js'), String(ready['port']), machine, ...args]);

  it('keeps what a verified client gives it, over a restart', async () => {
    const first = await serve();
    expect(await client(first, 'put', 'greeting', 'hello')).toMatchObject({ code: 0 });
    await first.stop();
    const second = await serve();
    onTestFinished(() => second.stop());
    expect(await client(second, 'get', 'greeting')).toMatchObject({ code: 0, out: 'hello' });
    expect(await client(second, 'get', 'nothing')).toMatchObject({ code: 1 });
  });

  it('with one line more is refused by the client, and by the data', async () => {
    const altered = join(folder, 'altered');
    mkdirSync(altered);
    cpSync(example, altered, { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(altered, 'node_modules'));
    appendFileSync(join(altered, 'server.js'), '// One line more.\n');
    await expect(serve(altered)).rejects.toThrow(/wrong-measurement[\s\S]*mrTd|mrTd[\s\S]*wrong-measurement/);
    const elsewhere = await start([join(altered, 'server.js'), join(folder, 'kv2'), machine], { PORT: '0' });
    onTestFinished(() => elsewhere.stop());
    const refused = await client(elsewhere, 'put', 'greeting', 'hello');
    expect(refused).toMatchObject({ code: 1, complaint: expect.stringMatching(/^refused: .*mrTd/) });
  });
});

/** A client of an attested service, over one connection that was judged. */
async function connection(program: Program, identity?: AttestedIdentity) {
  const verifier = new PeerVerifier({
    ...(await simulationTrust(machine)),
    policies: [{ measurements: [program.ready['registers'] as Record<string, string>] }],
  });
  const { socket } = await connectAttested({
    port: Number(new URL(String(program.ready['url'])).port),
    verifier,
    protocols: ['h2'],
    ...(identity && { identity }),
  });
  onTestFinished(() => void socket.destroy());
  return createGrpcTransport({
    baseUrl: String(program.ready['url']),
    nodeOptions: { createConnection: () => socket },
  });
}

const service = (name: string, ...args: readonly string[]) => serviceAt(name, name, ...args);

/** @param data name of its data folder */
const serviceAt = (data: string, name: string, ...args: readonly string[]) =>
  start(
    [
      gaiwanBin,
      'service',
      name,
      '--data',
      join(folder, data),
      '--tee',
      'simulation',
      '--simulation',
      machine,
      '--port',
      '0',
      '--json',
      ...args,
    ],
    { GAIWAN_ADMIN_PASSWORD: 'a test password' },
  );

/** Its data folder, as it was at an earlier moment, takes the place of the newest. */
function rollBack(name: string): () => void {
  const [data, older] = [join(folder, name), join(folder, `${name}-older`)];
  cpSync(data, older, { recursive: true });
  return () => {
    rmSync(data, { recursive: true });
    cpSync(older, data, { recursive: true });
  };
}

const recover = (name: string, ...args: readonly string[]) =>
  run([
    gaiwanBin,
    'recover',
    '--service',
    name,
    '--data',
    join(folder, `anchored-${name}`),
    '--tee',
    'simulation',
    '--simulation',
    machine,
    '--json',
    ...args,
  ]);

describe('a service alone with an anchor', () => {
  const caller = { bundle: '55'.repeat(32), configuration: '66'.repeat(32) };
  const policy = join(folder, 'anchored-peers.json');
  beforeAll(() => writeFileSync(policy, JSON.stringify({ measurements: [simulatedRegisters(caller)] })));
  const put = async (program: Program) => {
    const { attester } = await openSimulation(machine);
    const identity = await AttestedIdentity.create({ attester: attester(caller) });
    onTestFinished(() => identity.close());
    const api = createClient(storage.TeaclaveStorage, await connection(program, identity));
    await api.put({ key: new Uint8Array([1]), value: new Uint8Array([2]) });
  };
  const usersOf = async (program: Program) =>
    createClient(authentication.TeaclaveAuthenticationApi, await connection(program));
  const register = async (program: Program) => {
    const api = await usersOf(program);
    const { token } = await api.userLogin({ id: 'admin', password: 'a test password' });
    const headers = { id: 'admin', token };
    const user = { id: 'alice', password: 'another password', role: 'DataOwner', attribute: 'x' };
    await api.userRegister(user, { headers });
  };
  const knows = async (program: Program) => {
    const api = await usersOf(program);
    expect((await api.userLogin({ id: 'alice', password: 'another password' })).token).not.toBe('');
    await expect(api.userLogin({ id: 'alice', password: 'wrong' })).rejects.toThrow('authentication failed');
  };
  // Each start of the authentication service begins a run, which is a change.
  const cases = [
    {
      name: 'authentication',
      does: 'knows its users after a restart',
      options: [],
      first: register,
      second: knows,
    },
    {
      name: 'storage',
      does: 'stores',
      options: ['--peer-policy', policy],
      first: () => Promise.resolve(),
      second: put,
    },
  ];

  it.each(cases)('$name: says so, $does, refuses an older data folder, and is recovered', async (it) => {
    const { name, options } = it;
    const anchor = ['--anchor', `file:${join(folder, `anchor-of-${name}`)}`];
    const data = `anchored-${name}`;
    const open = () => serviceAt(data, name, ...options, ...anchor);
    const first = await open();
    expect(first.ready['anchor']).toEqual({ kind: 'file', interval: 0 });
    await it.first(first);
    await first.stop();
    const goBack = rollBack(data);
    const second = await open();
    await it.second(second);
    await second.stop();
    goBack();
    await expect(open()).rejects.toThrow('data-folder-state-rolled-back');
    const recovered = await recover(name, ...options, ...anchor);
    expect(recovered).toMatchObject({ code: 0 });
    expect(JSON.parse(recovered.out)).toMatchObject({ epoch: 2, accepted: { epoch: 1 } });
    const third = await open();
    await third.stop();
  });

  it('recovers nothing as a service whose configuration it is not', async () => {
    const refused = await recover('authentication');
    expect(refused.complaint).toContain('sealing-wrong-measurement');
  });
});

describe('the storage service alone', () => {
  const caller = { bundle: '77'.repeat(32), configuration: '88'.repeat(32) };
  let running: Program;
  let identity: AttestedIdentity;
  let api: Client<typeof storage.TeaclaveStorage>;
  const bytes = (text: string) => new Uint8Array(Buffer.from(text));
  const policy = join(folder, 'peers.json');
  const open = () => service('storage', '--peer-policy', policy);

  beforeAll(async () => {
    writeFileSync(policy, JSON.stringify({ measurements: [simulatedRegisters(caller)] }));
    const { attester } = await openSimulation(machine);
    identity = await AttestedIdentity.create({ attester: attester(caller) });
    running = await open();
  });
  afterAll(async () => {
    identity.close();
    await running.stop();
  });

  it('has Teaclave’s semantics of keys and queues, also after a restart', async () => {
    api = createClient(storage.TeaclaveStorage, await connection(running, identity));
    await expect(api.get({ key: bytes('nobody') })).rejects.toThrow('invalid response');
    await api.put({ key: bytes('user-1'), value: bytes('one') });
    await api.put({ key: bytes('user-2'), value: new Uint8Array() });
    await api.put({ key: bytes('task-1'), value: bytes('three') });
    expect((await api.get({ key: bytes('user-2') })).value).toEqual(new Uint8Array());
    for (const value of ['a', 'b', 'c']) await api.enqueue({ key: bytes('queue'), value: bytes(value) });
    expect((await api.dequeue({ key: bytes('queue') })).value).toEqual(bytes('a'));
    await running.stop();
    running = await open();
    api = createClient(storage.TeaclaveStorage, await connection(running, identity));
    expect((await api.get({ key: bytes('user-1') })).value).toEqual(bytes('one'));
    const { keys } = await api.getKeysByPrefix({ prefix: bytes('user-') });
    expect(keys).toEqual([bytes('user-1'), bytes('user-2')]);
    await api.delete({ key: bytes('user-1') });
    await expect(api.get({ key: bytes('user-1') })).rejects.toThrow('invalid response');
    const both = await Promise.all([1, 2].map(() => api.dequeue({ key: bytes('queue') })));
    expect(both.map(({ value }) => Buffer.from(value).toString()).sort()).toEqual(['b', 'c']);
    await expect(api.dequeue({ key: bytes('queue') })).rejects.toThrow('invalid response');
  });

  it('serves nobody who does not attest itself, or is another program', async () => {
    const { attester } = await openSimulation(machine);
    const stranger = await AttestedIdentity.create({
      attester: attester({ ...caller, bundle: '00'.repeat(32) }),
    });
    onTestFinished(() => stranger.close());
    for (const who of [undefined, stranger]) {
      const refused = createClient(storage.TeaclaveStorage, await connection(running, who));
      await expect(refused.get({ key: bytes('task-1') })).rejects.toThrow();
    }
  });

  it('does not start without saying who may connect', async () => {
    await expect(service('storage')).rejects.toThrow(/usage/);
  });
});
