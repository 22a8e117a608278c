/** How the host starts the Python runner on Pyodide. */
import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { bundles, pyodideFolder, pythonSources } from '@gaiwan/runners';
import { limits } from '../limits.ts';
import { SandboxError } from '../sandbox/errors.ts';
import type { RunnerSpec } from '../sandbox/runner.ts';
import { nodeRuntime } from '../sandbox/runtimes.ts';

/** MiB. Node with Pyodide, before a task's own limit: 171 resident while it waits, 207 at most while it starts. */
const OVERHEAD = 256;
/** WebAssembly pages of 64 KiB: 4 GiB, the most that Pyodide can address. A task's own limit comes with the task. */
const MOST_PAGES = 65_536;
const MAX_SNAPSHOT = limits.pyodideSnapshot.value;

/** Where the runner keeps what it makes. */
export interface PyodideOptions {
  /** A private folder of this worker: the snapshot goes there. */
  readonly folder: string;
}

/**
 * Makes a snapshot of a loaded interpreter, once for each start of a worker (1 to 2 s), and tells how to start from it. The
 * snapshot is never taken from an earlier start or from an installation: nobody but this process has seen its digest,
 * and each sandbox checks it. Rejects with `SandboxError` ('runner').
 */
export async function pyodideRunner({ folder }: PyodideOptions): Promise<RunnerSpec> {
  const snapshot = await makeSnapshot();
  const digest = createHash('sha256').update(snapshot).digest('hex');
  await mkdir(folder, { recursive: true });
  const path = join(folder, `pyodide-${digest.slice(0, 16)}-${process.pid}.snapshot`);
  await rm(path, { force: true });
  await writeFile(path, snapshot, { flag: 'wx', mode: 0o444 });
  const readable = [pyodideFolder, bundles.pyodide, bundles.standardLibrary, path];
  return {
    name: `Python (Pyodide ${await version()})`,
    pairs: ['python/mesapy', 'python/python'],
    command: [process.execPath, ...flags(readable), bundles.pyodide, 'run', pyodideFolder, path, digest],
    readOnly: [...nodeRuntime(), ...readable],
    nodePermission: true,
    layers: {
      interpreter:
        'CPython in WebAssembly, sealed: after the start it can call nothing but memory, clocks, randomness and files in its own memory',
    },
    overheadMiB: OVERHEAD,
  };
}

function flags(readable: readonly string[]): string[] {
  return [
    '--no-warnings',
    '--disallow-code-generation-from-strings',
    '--permission',
    ...readable.map((path) => `--allow-fs-read=${path}`),
    `--wasm-max-mem-pages=${MOST_PAGES}`,
    // Recursion within the interpreter's own C is on the process's stack.
    '--stack-size=3900',
    `--max-old-space-size=${limits.pyodideHeap.value}`,
  ];
}

async function version(): Promise<string> {
  const text = await readFile(join(pyodideFolder, 'package.json'), 'utf8');
  const manifest: { readonly version: string } = JSON.parse(text);
  return manifest.version;
}

async function makeSnapshot(): Promise<Buffer> {
  const readable = [pyodideFolder, bundles.pyodide, bundles.standardLibrary, pythonSources];
  const make = [bundles.pyodide, 'make', pyodideFolder, pythonSources];
  // Compiling what runs once to fast code would take a quarter of the processor time: it is over before that is ready.
  const child = startChild([...flags(readable), '--liftoff-only', ...make]);
  const gone = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(`${signal ?? `exit code ${code}`}`));
  });
  // Where there are no descriptors left, Node makes no pipes, and says so later.
  if (!hasPipes(child)) throw notStarting(await gone);
  const errors: Buffer[] = [];
  child.stderr.on('data', (part: Buffer) => errors.push(part));
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of child.stdout) {
    size += part.length;
    if (size > MAX_SNAPSHOT) child.kill('SIGKILL');
    else parts.push(part);
  }
  const how = await gone;
  if (child.exitCode === 0 && size > 0) return Buffer.concat(parts);
  throw notStarting(Buffer.concat(errors).toString().trim().slice(-500) || how);
}

const notStarting = (why: string) => new SandboxError('runner', `Pyodide does not start here: ${why}`);

function startChild(args: readonly string[]): ChildProcess {
  try {
    return spawn(process.execPath, args, { env: {}, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    throw notStarting(error instanceof Error ? error.message : String(error));
  }
}

const hasPipes = (child: ChildProcess): child is ChildProcessByStdio<null, Readable, Readable> =>
  child.stdout instanceof Readable && child.stderr instanceof Readable;
