/**
 * Echo end to end: create, invoke, result by watch, over TLS, with durable state, for 1 and 64 clients, each with a
 * connection of its own. Beside it a bare TLS echo on the same RPC stack, in the same run.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { connect, type Gaiwan, simulationTrust } from '@gaiwan/client';
import { createSimulation } from '@gaiwan/enclave';
import { storage } from '@gaiwan/protocol';
import { plainIdentity } from './plain-identity.ts';
import { load, type Summary } from './stats.ts';

async function firstLine(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) return line;
  throw new Error('the process ended before it was ready');
}

const print = (what: string, { p50, p99, perSecond }: Summary) =>
  console.log(
    `${what.padEnd(34)} p50 ${p50.toFixed(2).padStart(7)} ms   p99 ${p99.toFixed(2).padStart(7)} ms   ${perSecond.toFixed(0).padStart(6)}/s`,
  );

export async function run(): Promise<void> {
  console.log('echo: create + invoke + watch, durable, over TLS');
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-bench-'));
  const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
  const machine = join(folder, 'machine');
  await createSimulation(machine, { now: Date.now() });
  const serve = spawn(
    process.execPath,
    [
      path('../packages/cli/bin/gaiwan.js'),
      'serve',
      '--data',
      join(folder, 'data'),
      '--tee',
      'simulation',
      '--simulation',
      machine,
      '--auth-port',
      '0',
      '--frontend-port',
      '0',
      '--json',
    ],
    { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, GAIWAN_ADMIN_PASSWORD: 'bench-password' } },
  );
  try {
    const { authentication, frontend, registers } = JSON.parse(await firstLine(serve)) as {
      authentication: string;
      frontend: string;
      registers: Record<string, string>;
    };
    const reference = { policies: [{ measurements: [registers] }] };
    const options = { authentication, frontend, trust: { ...(await simulationTrust(machine)), reference } };
    const admin = await connect(options);
    await admin.login('admin', 'bench-password');
    const functionId = await admin.functions.register({
      name: 'builtin-echo',
      executorType: 'builtin',
      public: true,
      arguments: [{ key: 'message', allowOverwrite: true }],
    });
    const clients: Gaiwan[] = [admin];
    while (clients.length < 64) {
      const client = await connect(options);
      client.useToken('admin', admin.token);
      clients.push(client);
    }
    const echo = async (index: number) => {
      const client = clients[index] as Gaiwan;
      const task = await client.tasks.create({
        functionId,
        arguments: { message: 'hi' },
        executor: 'builtin',
      });
      await client.tasks.invoke(task);
      const result = await client.tasks.result(task);
      if (Buffer.from(result.returnValue).toString() !== 'hi') throw new Error('wrong echo');
    };

    const { certificate, key } = await plainIdentity();
    writeFileSync(join(folder, 'peer-cert.pem'), certificate);
    writeFileSync(join(folder, 'peer-key.pem'), key, { mode: 0o600 });
    const peer = spawn(
      process.execPath,
      [path('echo-peer.ts'), join(folder, 'peer-cert.pem'), join(folder, 'peer-key.pem')],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    const port = await firstLine(peer);
    const bare = Array.from({ length: 64 }, () =>
      createClient(
        storage.TeaclaveStorage,
        createGrpcTransport({ baseUrl: `https://localhost:${port}`, nodeOptions: { ca: certificate } }),
      ),
    );
    const message = new Uint8Array(100);
    const bareEcho = async (index: number) => {
      await bare[index]?.get({ key: message });
    };

    await load(1, 200, echo);
    await load(64, 1000, echo);
    await load(64, 2000, bareEcho);
    const bareOne = await load(1, 2000, bareEcho);
    const one = await load(1, 500, echo);
    const bareMany = await load(64, 8000, bareEcho);
    const many = await load(64, 4000, echo);
    peer.kill();

    print('bare TLS echo, 1 client', bareOne);
    print('echo task, 1 client', one);
    print('bare TLS echo, 64 clients', bareMany);
    print('echo task, 64 clients', many);
    console.log(
      `ratio to the bare echo: p50 ${(one.p50 / bareOne.p50).toFixed(1)}x (a task is three calls), rate ${(many.perSecond / bareMany.perSecond).toFixed(2)}`,
    );
    console.log(`targets: warm p50 <= 10 ms: ${one.p50 <= 10}; >= 500 tasks/s: ${many.perSecond >= 500}\n`);
    for (const client of clients) client.close();
  } finally {
    serve.kill('SIGTERM');
    await new Promise((resolve) => serve.once('exit', resolve));
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run();
