/** A worker process. Its settings come as one line of JSON on standard input; it ends when its parent does. */
import { mkdir, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import {
  AttestedIdentity,
  type MachineSettings,
  measureBundle,
  openMachine,
  PeerVerifier,
  requireMeasuredProcess,
} from '@gaiwan/enclave';
import { BuiltinExecutor } from '@gaiwan/executors';
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
}

const lines = createInterface({ input: process.stdin });
const ended = new AbortController();
lines.once('line', (line) => {
  main(JSON.parse(line) as WorkerSettings).catch((error: unknown) => {
    report(error);
    process.exit(1);
  });
});
lines.once('close', () => {
  ended.abort();
  // Whatever still runs has lost its lease with the platform.
  setTimeout(() => process.exit(0), 200);
});

async function main({
  machine: settings,
  program,
  configuration,
  ...options
}: WorkerSettings): Promise<void> {
  await rm(options.folder, { recursive: true, force: true });
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const executor = new BuiltinExecutor({ slots: options.slots });
  requireMeasuredProcess();
  const { digest: bundle } = await measureBundle(program);
  const machine = await openMachine(settings, { bundle, configuration });
  const identity = await AttestedIdentity.create({ attester: machine.attester, configuration, report });
  const verifier = new PeerVerifier({ ...machine.trust, policies: [machine.self] });
  await runWorker({ ...options, identity, verifier, report, executors: [executor], signal: ended.signal });
}

/** Standard error is the platform's own. */
function report(error: unknown): void {
  const { name, code, message } = error as Error & { code?: string };
  process.stderr.write(
    `${JSON.stringify({ level: 'warn', worker: process.pid, error: name, code, message })}\n`,
  );
}
