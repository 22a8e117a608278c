/** A worker process. Its settings come as one line of JSON on standard input; it ends when its parent does. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  AttestedIdentity,
  type MachineSettings,
  measureBundle,
  openMachine,
  requireMeasuredProcess,
} from '@gaiwan/enclave';
import { PeerVerifier } from '@gaiwan/trust';
import type { ExecutorSettings } from './executor-settings.ts';
import { openExecutors } from './executors.ts';
import { runWorker } from './worker.ts';

/** What `compose/single.ts` writes. */
export interface WorkerSettings {
  readonly id: string;
  readonly socket: string;
  readonly machine: MachineSettings;
  /** Folder of the package that the platform was started from. */
  readonly program: string;
  /** SHA-256 of the platform's configuration, hexadecimal. */
  readonly configuration: string;
  readonly folder: string;
  readonly slots: number;
  readonly executors: ExecutorSettings;
}

const lines = createInterface({ input: process.stdin });
const ended = new AbortController();
lines.once('line', (line) => {
  main(JSON.parse(line) as WorkerSettings).catch((error: unknown) => {
    report(error);
    process.exit(1);
  });
});
/** Ends sandboxes, which would outlive this process. */
let closing: () => Promise<unknown> = () => Promise.resolve();
lines.once('close', () => {
  ended.abort();
  // Whatever still runs has lost its lease with the platform.
  setTimeout(() => process.exit(0), 1_000);
  void closing().then(
    () => setTimeout(() => process.exit(0), 100),
    () => process.exit(0),
  );
});

async function main({
  machine: settings,
  program,
  configuration,
  ...options
}: WorkerSettings): Promise<void> {
  await rm(options.folder, { recursive: true, force: true });
  const sandboxes = join(options.folder, 'sandboxes');
  await mkdir(sandboxes, { recursive: true, mode: 0o700 });
  requireMeasuredProcess();
  const opening = openExecutors(options.executors, { slots: options.slots, folder: sandboxes, report });
  const { digest: bundle } = await measureBundle(program);
  const machine = await openMachine(settings, { bundle, configuration });
  const identity = await AttestedIdentity.create({ attester: machine.attester, configuration, report });
  const verifier = new PeerVerifier({ ...machine.trust, policies: [machine.self] });
  const executors = await opening;
  closing = () => Promise.all(executors.map((executor) => executor.close()));
  await runWorker({ ...options, identity, verifier, report, executors, signal: ended.signal });
}

/** Standard error is the platform's own. */
function report(error: unknown): void {
  const { name, code, message } = error as Error & { code?: string };
  process.stderr.write(
    `${JSON.stringify({ level: 'warn', worker: process.pid, error: name, code, message })}\n`,
  );
}
