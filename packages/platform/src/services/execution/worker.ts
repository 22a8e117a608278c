/** The execution service: attaches to the scheduler, takes leases, and answers each with a result. No access to the store. */
import type { MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import type { AttestedIdentity } from '@gaiwan/enclave';
import { type Executor, Slots } from '@gaiwan/executors';
import { worker as wire } from '@gaiwan/protocol';
import { AttestedAgent, connectAttested, type PeerVerifier } from '@gaiwan/trust';
import { limits } from '../../limits.ts';
import { AsyncQueue } from '../async-queue.ts';
import { attempt } from './attempt.ts';
import { fitting } from './fitting.ts';
import { PlatformFiles } from './platform-files.ts';

export interface WorkerOptions {
  readonly id: string;
  /** Unix socket of the platform: RPC over HTTP/2, and blobs over HTTP/1.1. */
  readonly socket: string;
  /** Who this worker is, and who may be its platform. */
  readonly identity: AttestedIdentity;
  readonly verifier: PeerVerifier;
  /** Gets why the platform cannot be reached, or is refused, or that its stream ended; it is tried again. */
  readonly report: (error: unknown) => void;
  /** Private; each attempt has a folder in it. */
  readonly folder: string;
  readonly executors: readonly Executor[];
  readonly signal: AbortSignal;
}

type FromWorker = MessageInitShape<typeof wire.FromWorkerSchema>;
type Lease = MessageShape<typeof wire.LeaseSchema>;

/** How long a task waits behind others of this worker before it is given back. */
const PATIENCE_MS = limits.queuedTask.value;
const HEARTBEAT_MS = limits.heartbeat.value;
const RECONNECT_MS = [50, 200, 1_000] as const;

interface Running {
  readonly token: bigint;
  readonly abort: AbortController;
  readonly intents: Map<string, (granted: boolean) => void>;
}

/** Works until the signal aborts; attaches again when the stream breaks. */
export async function runWorker(options: WorkerOptions): Promise<void> {
  for (let failures = 0; !options.signal.aborted; failures++) {
    const started = Date.now();
    await session(options).catch((error: unknown) => {
      if (!options.signal.aborted) options.report(error);
    });
    if (Date.now() - started > 10_000) failures = 0;
    const wait = RECONNECT_MS[Math.min(failures, RECONNECT_MS.length - 1)] as number;
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

async function session(options: WorkerOptions): Promise<void> {
  const { identity, verifier, signal } = options;
  const settings = { path: options.socket, identity, verifier, signal };
  const { socket } = await connectAttested({ ...settings, protocols: ['h2'] });
  const transport = createConnectTransport({
    httpVersion: '2',
    baseUrl: 'https://platform',
    // The one that was judged; when it is over, this session is, and the next judges anew.
    nodeOptions: { createConnection: () => socket },
  });
  const client = createClient(wire.WorkerService, transport);
  const outbox = new AsyncQueue<FromWorker>();
  const running = new Map<string, Running>();
  const agent = new AttestedAgent(settings);
  const files = new PlatformFiles(agent);
  const places = options.executors.map((executor) => ({
    executor,
    slots: new Slots(executor.slots),
  }));
  const capabilities = options.executors.map(({ pairs, slots }) => ({ pairs: [...pairs], slots }));
  outbox.push({ message: { case: 'hello', value: { workerId: options.id, capabilities } } });
  const heartbeat = setInterval(() => {
    outbox.push({ message: { case: 'heartbeat', value: { taskIds: [...running.keys()] } } });
  }, HEARTBEAT_MS);
  try {
    const inbox = client.attach(outbox, { signal });
    for await (const { message } of inbox) {
      if (message.case === 'lease')
        void take({ places, files, folder: options.folder, outbox, running }, message.value);
      else if (message.case === 'cancel') running.get(message.value.taskId)?.abort.abort();
      else if (message.case === 'intentReply') {
        running.get(message.value.taskId)?.intents.get(message.value.dataId)?.(message.value.granted);
      }
    }
    if (!signal.aborted)
      throw new Error('The platform ended the stream: the leases of this worker are lost.');
  } finally {
    clearInterval(heartbeat);
    outbox.end();
    // Without a stream there are no leases: whatever runs is no longer ours to finish.
    for (const { abort } of running.values()) abort.abort();
    agent.destroy();
    socket.destroy();
  }
}

interface Session {
  readonly places: readonly { readonly executor: Executor; readonly slots: Slots }[];
  readonly files: PlatformFiles;
  readonly folder: string;
  readonly outbox: AsyncQueue<FromWorker>;
  readonly running: Map<string, Running>;
}

async function take({ places, files, folder, outbox, running }: Session, lease: Lease): Promise<void> {
  const { taskId, token } = lease;
  const mine: Running = { token, abort: new AbortController(), intents: new Map() };
  running.set(taskId, mine);
  const { signal } = mine.abort;
  const intent = (dataId: string, contentSha256: Uint8Array) =>
    new Promise<boolean>((resolve) => {
      mine.intents.set(dataId, resolve);
      signal.addEventListener('abort', () => resolve(false));
      outbox.push({ message: { case: 'intent', value: { taskId, token, dataId, contentSha256 } } });
    });
  const pair = `${lease.executorType}/${lease.executor}`;
  const place = places.find(({ executor }) => executor.pairs.includes(pair));
  const end = place
    ? await attempt({
        lease,
        executor: place.executor,
        files,
        folder,
        intent,
        turn: () => place.slots.take(signal, PATIENCE_MS),
        signal,
      })
    : unavailable(lease);
  if (running.get(taskId) === mine) running.delete(taskId);
  outbox.push({
    message: end
      ? { case: 'done', value: fitting({ taskId, token, ...end }) }
      : { case: 'giveBack', value: { taskId, token } },
  });
}

const unavailable = ({ executorType, executor }: Lease) => ({
  result: {
    result: {
      case: 'Err' as const,
      value: { reason: `function not available: (${executorType}, ${executor})` },
    },
  },
});
