/** The execution service: attaches to the scheduler, takes leases, and answers each with a result. No access to the store. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Ability, type Executor, StagingMemory } from '@gaiwan/executors';
import { worker as wire } from '@gaiwan/protocol';
import { InstancePin } from '@gaiwan/trust';
import { systemClock } from '../../clock.ts';
import { limits } from '../../limits.ts';
import { AsyncQueue } from '../async-queue.ts';
import { KeptResults } from './kept-results.ts';
import { type FromWorker, LeaseWork } from './lease-work.ts';
import { type ReachPlatform, reachOverTls, type TlsOptions } from './platform-link.ts';
import { WorkerError } from './worker-error.ts';

interface WorkOptions {
  readonly id: string;
  /**
   * Gets why the platform cannot be reached, or is refused, or that its stream ended (it is tried again), and leases that
   * were refused because they are not what was approved.
   */
  readonly report: (error: unknown) => void;
  /** Private; each attempt has a folder in it. */
  readonly folder: string;
  readonly executors: readonly Executor[];
  readonly signal: AbortSignal;
}

export interface WorkerOptions extends WorkOptions, TlsOptions {}

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
export const runWorker = (options: WorkerOptions): Promise<void> => workOver(reachOverTls(options), options);

/** As `runWorker`, over whatever reaches the platform. */
export async function workOver(reach: ReachPlatform, given: WorkOptions): Promise<void> {
  const stuck = new AbortController();
  const signal = AbortSignal.any([given.signal, stuck.signal]);
  const options = { ...given, signal };
  const onStuck = (error: WorkerError) => stuck.abort(error);
  const own = { pin: new InstancePin(), results: new KeptResults(), memory: new StagingMemory() };
  const lasting = { ...own, onStuck };
  for (let failures = 0; !signal.aborted; failures++) {
    const started = systemClock.monotonic();
    await session(reach, options, lasting).catch((error: unknown) => {
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

async function session(reach: ReachPlatform, options: WorkOptions, lasting: Lasting): Promise<void> {
  const { pin, results, memory, onStuck } = lasting;
  const { signal, executors, folder, report } = options;
  const link = await reach(signal, pin);
  const outbox = new AsyncQueue<FromWorker>();
  const work = new LeaseWork({
    executors,
    files: link.files,
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
  const hello = { workerId: options.id, capabilities, results: results.names, ...link.own };
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
    for await (const message of link.attach(outbox, signal)) void work.receive(message);
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
    link.close();
  }
}

const onTheWire: Readonly<Record<Ability, wire.Ability>> = {
  able: wire.Ability.ABLE,
  coming: wire.Ability.COMING,
  unable: wire.Ability.UNABLE,
};
const abilityOf = ({ ability = 'able' }: Executor): wire.Ability => onTheWire[ability];
