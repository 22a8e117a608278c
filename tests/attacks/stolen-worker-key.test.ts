/** Leases bear the keys of files: somebody has the TLS key of a worker, or of the platform that workers attach to. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DescMethodStreaming, DescMethodUnary } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { AttestedIdentity, type OwnEvidence } from '@gaiwan/enclave';
import { worker as wire } from '@gaiwan/protocol';
import { connectAttested, PeerVerifier } from '@gaiwan/trust';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { startInternalServer } from '../../packages/platform/src/compose/internal.ts';
import { AsyncQueue } from '../../packages/platform/src/services/async-queue.ts';
import { runWorker } from '../../packages/platform/src/services/execution/worker.ts';
import type { Scheduler } from '../../packages/platform/src/services/scheduler/index.ts';
import type { BlobStore } from '../../packages/platform/src/services/storage/index.ts';
import { testMachine } from '../../packages/trust/src/testing/machine.ts';
import { described } from '../support/hostile/wire.ts';

const folder = mkdtempSync(join(tmpdir(), 'gaiwan-worker-key-'));
const parts = new AsyncDisposableStack();
let path: string;
const hellos: { readonly workerId: string }[] = [];
const reported: unknown[] = [];
/** `slow`: a worker whose evidence takes long to make. */
let identities: Readonly<Record<'platform' | 'worker' | 'slow', AttestedIdentity>>;
let verifier: PeerVerifier;

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
  path = await startInternalServer(
    {
      folder,
      scheduler,
      // Nobody here asks for a file.
      blobs: {} as BlobStore,
      identity: identities.platform,
      instance: '1a'.repeat(32),
      peers: verifier,
      report: (error: unknown) => void reported.push(error),
    },
    parts,
  );
});
beforeEach(() => {
  hellos.length = 0;
  reported.length = 0;
});
afterAll(async () => {
  await parts.disposeAsync();
  for (const identity of Object.values(identities)) identity.close();
  rmSync(folder, { recursive: true, force: true });
});

type Kind = 'worker' | 'slow';

/** With the worker's key and certificate, which is all that a thief has. */
async function connected(kind: Kind) {
  const { key, certificate } = identities[kind].current;
  const identity = { current: { key, certificate } };
  const { socket } = await connectAttested({ path, verifier, identity, protocols: ['h2'] });
  onTestFinished(() => void socket.destroy());
  return createConnectTransport({
    httpVersion: '2',
    baseUrl: 'https://platform',
    nodeOptions: { createConnection: () => socket },
  });
}

/** Attaches with evidence of the thief's choice. */
async function attachWith(kind: Kind, said: OwnEvidence): Promise<unknown> {
  const transport = await connected(kind);
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

describe('a worker', () => {
  it('is served leases and files, and no other method', async () => {
    const transport = await connected('worker');
    const answers = new Map<string, Code>();
    const methods = described.flatMap((service) => service.methods);
    for (const method of methods) {
      const call =
        method.methodKind === 'unary'
          ? transport.unary(method as DescMethodUnary, undefined, undefined, undefined, {})
          : transport
              .stream(
                method as DescMethodStreaming,
                undefined,
                undefined,
                undefined,
                (async function* () {})(),
              )
              .then(async ({ message }) => message[Symbol.asyncIterator]().next());
      const error: unknown = await call.then(
        () => 'served',
        (thrown: unknown) => thrown,
      );
      if (ConnectError.from(error).code !== Code.Unimplemented)
        answers.set(`${method.parent.name}/${method.name}`, ConnectError.from(error).code);
    }
    expect(methods.length).toBeGreaterThan(80);
    expect([...answers.keys()].sort()).toEqual([
      'AttestationService/GetConnectionEvidence',
      'AttestationService/GetEvidence',
      'WorkerService/Attach',
    ]);
  });
});
