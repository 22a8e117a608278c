/** Leases bear the keys of files: somebody has the TLS key of a worker, or of the platform that workers attach to. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { AttestedIdentity, type OwnEvidence } from '@gaiwan/enclave';
import { worker as wire } from '@gaiwan/protocol';
import { connectAttested, PeerVerifier } from '@gaiwan/trust';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { confirmWorker } from '../../packages/platform/src/compose/confirm-worker.ts';
import { type RpcServer, startRpcServer } from '../../packages/platform/src/rpc/server.ts';
import { AsyncQueue } from '../../packages/platform/src/services/async-queue.ts';
import { runWorker } from '../../packages/platform/src/services/execution/worker.ts';
import { type Scheduler, workerService } from '../../packages/platform/src/services/scheduler/index.ts';
import { testMachine } from '../../packages/trust/src/testing/machine.ts';

const folder = mkdtempSync(join(tmpdir(), 'gaiwan-worker-key-'));
const path = join(folder, 'platform');
const hellos: { readonly workerId: string }[] = [];
const reported: unknown[] = [];
/** `slow`: a worker whose evidence takes long to make. */
let identities: Readonly<Record<'platform' | 'worker' | 'slow', AttestedIdentity>>;
let verifier: PeerVerifier;
let server: RpcServer;

beforeAll(async () => {
  const machine = await testMachine();
  const attester = machine.attester();
  identities = {
    platform: await AttestedIdentity.create({ attester }),
    worker: await AttestedIdentity.create({ attester }),
    slow: await AttestedIdentity.create({ attester: { ...attester, slow: true } }),
  };
  verifier = new PeerVerifier(await machine.trust());
  /** Takes everybody whom the connection lets in. */
  const scheduler = {
    attach(hello: { readonly workerId: string }) {
      hellos.push(hello);
      return { outbox: new AsyncQueue<never>() };
    },
    detach: () => undefined,
    receive: () => Promise.resolve(),
    // What `workerService` calls of it, and no more.
  } as unknown as Scheduler;
  const report = (error: unknown) => void reported.push(error);
  server = await startRpcServer(
    { path },
    {
      identity: identities.platform,
      instance: '1a'.repeat(32),
      peers: verifier,
      services: [workerService(scheduler, confirmWorker(verifier), report)],
      report,
    },
  );
});
beforeEach(() => {
  hellos.length = 0;
  reported.length = 0;
});
afterAll(async () => {
  await server.close();
  for (const identity of Object.values(identities)) identity.close();
  rmSync(folder, { recursive: true, force: true });
});

type Kind = 'worker' | 'slow';

/** Attaches with the worker's key and certificate, which is all that the thief has, and with evidence of the thief's choice. */
async function attachWith(kind: Kind, said: OwnEvidence): Promise<unknown> {
  const { key, certificate: shown } = identities[kind].current;
  const stolen = { current: { key, certificate: shown } };
  const { socket } = await connectAttested({ path, verifier, identity: stolen, protocols: ['h2'] });
  onTestFinished(() => void socket.destroy());
  const transport = createConnectTransport({
    httpVersion: '2',
    baseUrl: 'https://platform',
    nodeOptions: { createConnection: () => socket },
  });
  const hello = { workerId: 'thief', capabilities: [], ...said };
  const outbox = (async function* () {
    yield { message: { case: 'hello', value: hello } } as const;
  })();
  try {
    for await (const message of createClient(wire.WorkerService, transport).attach(outbox)) return message;
    return 'the stream ended';
  } catch (error) {
    return error;
  }
}

/** What the worker says on a connection of its own. */
async function saidElsewhere(kind: Kind): Promise<OwnEvidence> {
  const identity = identities[kind];
  const end = { exporter: new Uint8Array(32), sessionKey: identity.current.spki };
  return (await identity.connectionEvidence(end)) ?? { certificate: new Uint8Array() };
}

describe.each(['worker', 'slow'] as const)('a stolen key of a worker (%s)', (kind) => {
  it.each<readonly [what: string, said: () => Promise<OwnEvidence>]>([
    ['no evidence about the connection', async () => ({ certificate: new Uint8Array() })],
    ['the certificate of the worker', async () => ({ certificate: identities[kind].current.der })],
    ['evidence of the worker about another connection', () => saidElsewhere(kind)],
    [
      'that evidence without its signature',
      async () => ({ certificate: (await saidElsewhere(kind)).certificate }),
    ],
  ])('attaches nobody who has %s', async (_what, said) => {
    expect(String(await attachWith(kind, await said()))).toMatch(/permission_denied/);
    expect(hellos).toEqual([]);
    expect(reported).toEqual([expect.objectContaining({ code: 'untrusted-peer' })]);
  });

  it('is not needed by the worker itself', async () => {
    const ended = new AbortController();
    const working = runWorker({
      id: 'worker-0',
      socket: path,
      identity: identities[kind],
      verifier,
      report: (error) => void reported.push(error),
      folder,
      executors: [],
      allowedOrigins: [],
      signal: ended.signal,
    });
    await expect.poll(() => hellos).toMatchObject([{ workerId: 'worker-0' }]);
    ended.abort();
    await working;
    expect(reported).toEqual([]);
  });
});
