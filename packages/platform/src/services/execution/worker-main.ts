/** A worker process. Its settings come as one line of JSON on standard input; it ends when its parent does. */
import { mkdir, rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { BuiltinExecutor } from '@gaiwan/executors';
import { runWorker } from './worker.ts';

/** What `compose/single.ts` writes. */
export interface WorkerSettings {
  readonly id: string;
  readonly rpcSocket: string;
  readonly blobSocket: string;
  readonly secret: string;
  readonly folder: string;
  readonly slots: number;
}

const lines = createInterface({ input: process.stdin });
const ended = new AbortController();
lines.once('line', (line) => {
  void main(JSON.parse(line) as WorkerSettings);
});
lines.once('close', () => {
  ended.abort();
  // Whatever still runs has lost its lease with the platform.
  setTimeout(() => process.exit(0), 200);
});

async function main(settings: WorkerSettings): Promise<void> {
  await rm(settings.folder, { recursive: true, force: true });
  await mkdir(settings.folder, { recursive: true, mode: 0o700 });
  const executor = new BuiltinExecutor({ slots: settings.slots });
  await runWorker({ ...settings, executors: [executor], signal: ended.signal });
}
