/** The execution service: attaches to the scheduler, takes leases, and answers each with a result. No access to the store. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import type { AttestedIdentity, OwnEvidence } from '@gaiwan/enclave';
import { type Ability, type Executor, StagingMemory } from '@gaiwan/executors';
import { worker as wire } from '@gaiwan/protocol';
import {
  AttestedAgent,
  askOverHttp1,
  connectAttested,
  InstancePin,
  type PeerVerifier,
  verifyConnection,
} from '@gaiwan/trust';
import { systemClock } from '../../clock.ts';
import { limits } from '../../limits.ts';
import { AsyncQueue } from '../async-queue.ts';
import { askOverRpc, ownEvidence } from './confirm.ts';
import { KeptResults } from './kept-results.ts';
import { type FromWorker, LeaseWork } from './lease-work.ts';
import { PlatformFiles } from './platform-files.ts';
import { RemoteFiles } from './task-files.ts';
import { WorkerError } from './worker-error.ts';

export interface WorkerOptions {
  readonly id: string;
  /** Unix socket of the platform: RPC over HTTP/2, and blobs over HTTP/1.1. */
  readonly socket: string;
  /** Who this worker is, and who may be its platform. */
  readonly identity: AttestedIdentity;
  readonly verifier: PeerVerifier;
  /**
   * Gets why the platform cannot be reached, or is refused, or that its stream ended (it is tried again), and leases that
   * were refused because they are not what was approved.
   */
  readonly report: (error: unknown) => void;
  /** Private; each attempt has a folder in it. */
  readonly folder: string;
  readonly executors: readonly Executor[];
  /** Origins that URLs of tasks' files may have, beside the platform itself: this worker's own decision, not its platform's. */
  readonly allowedOrigins: readonly string[];
  readonly signal: AbortSignal;
}

const HEARTBEAT_MS = limits.heartbeat.value;

/** What outlasts a worker's sessions. */
interface Lasting {
  /** Results go to the platform that the leases came from, and to no other. */
  readonly pin: InstancePin;
  readonly results: KeptResults;
  readonly memory: StagingMemory;
  readonly onStuck: (error: WorkerError) => void;
}

/**
 * Works until the signal aborts; attaches again when the stream breaks.
 *
 * @throws WorkerError (rejects) `attempt-stuck`: only a new process is rid of it
 */
export async function runWorker(given: WorkerOptions): Promise<void> {
  const stuck = new AbortController();
  const signal = AbortSignal.any([given.signal, stuck.signal]);
  const options = { ...given, signal };
  const onStuck = (error: WorkerError) => stuck.abort(error);
  const own = { pin: new InstancePin(), results: new KeptResults(), memory: new StagingMemory() };
  const lasting = { ...own, onStuck };
  for (let failures = 0; !signal.aborted; failures++) {
    const started = systemClock.monotonic();
    await session(options, lasting).catch((error: unknown) => {
      if (!signal.aborted) options.report(error);
    });
    stuck.signal.throwIfAborted();
    if (systemClock.monotonic() - started > limits.goodSession.value) failures = 0;
    await sleep(waitAfter(failures));
  }
}

function waitAfter(failures: number): number {
  if (failures > 1) return limits.laterReconnect.value;
  return failures === 1 ? limits.secondReconnect.value : limits.firstReconnect.value;
}

async function session(options: WorkerOptions, lasting: Lasting): Promise<void> {
  const { pin, results, memory, onStuck } = lasting;
  const { identity, verifier, signal, executors, folder, report } = options;
  const settings = { path: options.socket, identity, verifier, signal };
  const { socket, peer } = await connectAttested({ ...settings, protocols: ['h2'] });
  const transport = createConnectTransport({
    httpVersion: '2',
    baseUrl: 'https://platform',
    // The one that was judged; when it is over, this session is, and the next judges anew.
    nodeOptions: { createConnection: () => socket },
  });
  const client = createClient(wire.WorkerService, transport);
  let own: OwnEvidence;
  try {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(limits.confirming.value)]);
    await verifyConnection(socket, { peer, verifier, pin, ask: askOverRpc(transport, patience) });
    own = await ownEvidence(socket, identity);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  const outbox = new AsyncQueue<FromWorker>();
  const agent = agentFor(settings, pin);
  const work = new LeaseWork({
    executors,
    files: new RemoteFiles(new PlatformFiles(agent), options.allowedOrigins),
    folder,
    results,
    memory,
    onStuck,
    send: (message) => void outbox.push(message),
    report,
  });
  const capabilities = executors.map((executor) => ({
    pairs: [...executor.pairs],
    slots: executor.slots,
    ability: abilityOf(executor),
  }));
  const hello = { workerId: options.id, capabilities, results: results.names, ...own };
  outbox.push({ message: { case: 'hello', value: hello } });
  for (const done of results.all) outbox.push({ message: { case: 'done', value: done } });
  const unwatch = executors.map((executor, index) =>
    executor.watchAbility?.(() => {
      const value = { executor: index, ability: abilityOf(executor) };
      outbox.push({ message: { case: 'abilityChange', value } });
    }),
  );
  const heartbeat = setInterval(() => {
    outbox.push({ message: { case: 'heartbeat', value: { taskIds: work.taskIds } } });
  }, HEARTBEAT_MS);
  try {
    const inbox = client.attach(outbox, { signal });
    for await (const message of inbox) void work.receive(message);
    if (!signal.aborted)
      throw new WorkerError(
        'stream-ended',
        'The platform ended the stream: what this worker was doing is lost.',
      );
  } finally {
    clearInterval(heartbeat);
    for (const stop of unwatch) stop?.();
    outbox.end();
    work.abort();
    agent.destroy();
    socket.destroy();
  }
}

const onTheWire: Readonly<Record<Ability, wire.Ability>> = {
  able: wire.Ability.ABLE,
  coming: wire.Ability.COMING,
  unable: wire.Ability.UNABLE,
};
const abilityOf = ({ ability = 'able' }: Executor): wire.Ability => onTheWire[ability];

/** For blobs: each connection is confirmed, as that of the leases is. */
function agentFor(
  settings: Pick<WorkerOptions, 'identity' | 'verifier' | 'signal'> & { readonly path: string },
  pin: InstancePin,
): AttestedAgent {
  const { verifier, signal } = settings;
  return new AttestedAgent({
    ...settings,
    confirm: ({ socket, peer }) => {
      const patience = AbortSignal.any([signal, AbortSignal.timeout(limits.confirming.value)]);
      return verifyConnection(socket, { peer, verifier, pin, ask: askOverHttp1(socket, patience) });
    },
  });
}
