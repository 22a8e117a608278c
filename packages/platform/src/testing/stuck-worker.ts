/** A worker process whose one attempt never ends: it takes a lease from standard input, in base64, and cancels it once its function runs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { create, fromBinary } from '@bufbuild/protobuf';
import { type Executor, StagingMemory } from '@gaiwan/executors';
import { worker as wire } from '@gaiwan/protocol';
import { endWorker } from '../compose/end-worker.ts';
import { KeptResults } from '../services/execution/kept-results.ts';
import { LeaseWork } from '../services/execution/lease-work.ts';

/** The waits until somebody gives up are not what is tested. */
const LONG = 5_000;
const wait = globalThis.setTimeout;
Object.assign(globalThis, {
  setTimeout: (done: () => void, ms: number) => wait(done, ms >= LONG ? 1 : ms),
});

const running = Promise.withResolvers<number>();
/** Runs a function in a process group of its own, as a sandbox is, and does not hear of its end. */
const executor: Executor = {
  name: 'x',
  layers: ['process'],
  pairs: ['custom:x/x'],
  slots: 1,
  run: async () => {
    const sandbox = spawn('/bin/sh', ['-c', 'sleep 600 & echo there; wait'], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(sandbox.stdout, 'data');
    running.resolve(sandbox.pid ?? 0);
    return new Promise<never>(() => undefined);
  },
  close: async () => void process.kill(-(await running.promise), 'SIGKILL'),
};

/** Settings, which every worker is sent, are none. */
async function readLease(): Promise<wire.Lease> {
  for await (const line of createInterface({ input: process.stdin }))
    if (!line.startsWith('{')) return fromBinary(wire.LeaseSchema, Buffer.from(line, 'base64'));
  // Its parent has gone.
  return process.exit(0);
}

const lease = await readLease();
const work = new LeaseWork({
  executors: [executor],
  files: { fetch: async () => [], put: async () => undefined },
  folder: '/nowhere',
  results: new KeptResults(),
  memory: new StagingMemory(),
  send: () => undefined,
  report: (error) => process.stderr.write(String(error)),
  onStuck: () => endWorker(() => executor.close(), 1),
});
const { taskId, token } = lease;
const said = (message: wire.ToWorker['message']) => work.receive(create(wire.ToWorkerSchema, { message }));
void said({ case: 'lease', value: lease });
const group = await running.promise;
process.stdout.write(`${group}\n`);
await said({ case: 'cancel', value: create(wire.CancelSchema, { taskId, token }) });
