/** A worker process. Its settings come as one line of JSON on standard input; it ends when its parent does. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { AttestedIdentity, type MachineSettings, requireMeasuredProcess } from '@gaiwan/enclave';
import { PeerVerifier } from '@gaiwan/trust';
import { openExecutors } from '../services/execution/executors.ts';
import { LeaseRefused } from '../services/execution/lease-refused.ts';
import { runWorker } from '../services/execution/worker.ts';
import { endWorker } from './end-worker.ts';
import { openProtectedMachine } from './machine.ts';
import { measureSettings, type PlatformSettings } from './measured.ts';
import { parseOrigin } from './origins.ts';

/** What `compose/single.ts` writes. */
export interface WorkerSettings {
  readonly id: string;
  readonly socket: string;
  readonly machine: MachineSettings;
  /** Folder of the package that the platform was started from. */
  readonly program: string;
  /** Measured here again: a worker with other settings than its platform's has another measurement, and is rejected. */
  readonly settings: PlatformSettings;
  readonly folder: string;
  readonly slots: number;
}

const lines = createInterface({ input: process.stdin });
const ended = new AbortController();
lines.once('line', (line) => {
  // Its parent is the same program, and wrote them.
  main(JSON.parse(line) as WorkerSettings).catch((error: unknown) => {
    report(error);
    endWorker(closing, 1);
  });
});
/** Ends sandboxes. */
let closing: () => Promise<unknown> = () => Promise.resolve();
lines.once('close', () => {
  ended.abort();
  endWorker(closing, 0);
});

async function main({
  machine: machineSettings,
  program,
  settings,
  slots,
  ...options
}: WorkerSettings): Promise<void> {
  await rm(options.folder, { recursive: true, force: true });
  const sandboxes = join(options.folder, 'sandboxes');
  await mkdir(sandboxes, { recursive: true, mode: 0o700 });
  requireMeasuredProcess();
  const executors = openExecutors(settings.executors, { slots, folder: sandboxes, report });
  closing = () => Promise.all(executors.map((executor) => executor.close()));
  const { bundle, configuration } = await measureSettings(program, machineSettings, settings);
  const machine = await openProtectedMachine(machineSettings, { bundle: bundle.digest, configuration });
  const identity = await AttestedIdentity.create({ attester: machine.attester, configuration, report });
  const verifier = new PeerVerifier({ ...machine.trust, policies: [machine.self] });
  const allowedOrigins = settings.allowUrls.map(parseOrigin);
  const { signal } = ended;
  await runWorker({ ...options, identity, verifier, report, executors, allowedOrigins, signal });
}

/** Standard error is the platform's own. A lease that is not what was approved is an alarm. */
function report(error: unknown): void {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const level = error instanceof LeaseRefused ? 'error' : 'warn';
  process.stderr.write(`${JSON.stringify({ level, worker: process.pid, error: name, code, message })}\n`);
}
