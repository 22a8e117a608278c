/** Python functions in a sandbox with all layers that this machine offers, for tests. */
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunLimits } from '@gaiwan/protocol/executor';
import {
  cpythonRunner,
  type ExecutionRequest,
  ExecutorError,
  pyodideRunner,
  type RunnerSpec,
  readStaged,
  removeStaged,
  SandboxExecutor,
  type SandboxOptions,
  type Staged,
  Stager,
} from '../index.ts';

export const PYTHON3 = '/usr/bin/python3';
export const hasPython3: boolean = existsSync(PYTHON3);
/** For each file of tests: they share this module. */
export function saySkipped(): void {
  if (!hasPython3) console.warn(`SKIPPED: ${PYTHON3} is wanted (Debian: python3).`);
}
export const canSandbox: boolean = ['/usr/bin/bwrap', '/bin/bwrap'].some((path) => existsSync(path));
export const EXECUTORS = ['mesapy', 'cpython'] as const;
export type Name = (typeof EXECUTORS)[number];

export const roomy: RunLimits = {
  timeMs: 200_000,
  cpuMs: 30_000,
  memoryMiB: 256,
  outputBytes: 16 << 20,
  logBytes: 1 << 16,
  files: 100,
};

export interface Outcome {
  readonly text: string;
  readonly bytes: Buffer;
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
}

export interface Options {
  readonly args?: object;
  readonly inputs?: Readonly<Record<string, string | Uint8Array>>;
  readonly outputs?: readonly string[];
  readonly limits?: Partial<RunLimits>;
  readonly signal?: AbortSignal;
}

/** A function for `PythonBench.table`, and its arguments. */
export interface Case {
  readonly payload: string | Uint8Array;
  readonly args?: object;
}

/** What became of it: its result, or why it failed. */
export type Ended = { readonly text: string } | { readonly failed: string; readonly code: string };

/** Runs one function after another as the runner does, each with the modules and the path that the first one found. */
const TABLE = `
import importlib, sys
from gaiwan_runner.function import Function
from gaiwan_runner.modern import Failed

def main(inputs, outputs, args):
    return [outcome(inputs, *case) for case in args["cases"]]

def outcome(inputs, name, file, arguments):
    print("case:", name)
    with inputs.open(file) as payload:
        code = payload.read()
    modules, path = dict(sys.modules), list(sys.path)
    try:
        job = {"arguments": arguments, "inputs": [], "outputs": []}
        return {"text": Function(code).run(job, inputs._channel).decode("latin-1")}
    except Failed as failed:
        return {"failed": str(failed), "code": failed.refusal or "function"}
    finally:
        for added in set(sys.modules) - set(modules):
            del sys.modules[added]
        sys.modules.update(modules)
        sys.path[:] = path
        importlib.invalidate_caches()
`;

let pyodide: Promise<RunnerSpec> | undefined;

/** One snapshot for all files that share this process. */
function sharedPyodide(): Promise<RunnerSpec> {
  pyodide ??= (async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gaiwan-pyodide-'));
    const remove = () => rmSync(folder, { recursive: true, force: true });
    process.once('exit', remove);
    // As processes of tests are ended.
    process.once('SIGTERM', () => {
      remove();
      process.kill(process.pid, 'SIGTERM');
    });
    // Without namespaces, the sandbox's user has to find the snapshot there.
    chmodSync(folder, 0o711);
    return pyodideRunner({ folder });
  })();
  return pyodide;
}

/** Its `close` tells what remains in the folder. */
export class PythonBench {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'gaiwan-python-'));
  readonly name: Name;
  executor!: SandboxExecutor;
  /** What is started for each job. */
  runner!: RunnerSpec;

  constructor(name: Name) {
    this.name = name;
  }

  /** With all layers that the worker must have, unless `layers` says otherwise. Tests without bubblewrap get by on a process. */
  async open(
    layers: Pick<SandboxOptions, 'require' | 'without'> = canSandbox ? {} : { require: ['process'] },
    modules: readonly string[] = [],
  ): Promise<void> {
    this.runner =
      this.name === 'cpython'
        ? await cpythonRunner({ python: PYTHON3, modules, sandbox: { folder: this.folder, ...layers } })
        : await sharedPyodide();
    this.executor = await SandboxExecutor.open({
      runner: this.runner,
      slots: 1,
      warm: { generic: 1, prepared: 0 },
      sandbox: { folder: this.folder, ...layers },
    });
  }

  async run(payload: string | Uint8Array, options: Options = {}): Promise<Outcome> {
    const request = this.request(payload, options);
    const result = await this.executor
      .run(request)
      .finally(() => Object.values(request.inputs).forEach(removeStaged));
    const outputs = Object.entries(result.outputs).map(([name, staged]) => [name, contents(staged)]);
    Object.values(result.outputs).forEach(removeStaged);
    return {
      text: Buffer.from(result.returnValue).toString(),
      bytes: Buffer.from(result.returnValue),
      log: result.log.join('\n'),
      outputs: Object.fromEntries(outputs) as Outcome['outputs'],
    };
  }

  /** The error that a function ends with. */
  async failure(payload: string | Uint8Array, options: Options = {}): Promise<ExecutorError> {
    const outcome = await this.run(payload, options).catch((error: unknown) => error);
    if (outcome instanceof ExecutorError) return outcome;
    throw new Error(`expected a failure, got ${JSON.stringify(outcome)}`);
  }

  /**
   * What becomes of functions that have no files, by their names: all of them in one process, for a process costs a hundred times
   * what most of them do. Where the process is the subject, use `run`. Rejects with the log where that process does not survive:
   * its last case is the one.
   */
  async table(
    cases: ReadonlyMap<string, Case>,
  ): Promise<{ readonly ended: ReadonlyMap<string, Ended>; readonly log: string }> {
    const all = [...cases].map(([name, { payload, args = {} }], at) => ({
      name,
      payload,
      args,
      file: `c${at}`,
    }));
    const { text, log } = await this.run(TABLE, {
      args: { cases: all.map(({ name, file, args }) => [name, file, JSON.stringify(args)]) },
      inputs: Object.fromEntries(all.map(({ file, payload }) => [file, payload])),
      limits: { logBytes: 1 << 20 },
    }).catch((error: unknown) => {
      throw error instanceof ExecutorError ? new Error(`${error.message}\n${error.log.join('\n')}`) : error;
    });
    const outcomes = JSON.parse(text) as Ended[];
    const ended = outcomes.map((one, at): [string, Ended] => [
      all[at]?.name ?? '',
      'text' in one ? { text: Buffer.from(one.text, 'latin1').toString() } : one,
    ]);
    return { ended: new Map(ended), log };
  }

  async close(): Promise<string[]> {
    await this.executor.close();
    const left = readdirSync(this.folder);
    rmSync(this.folder, { recursive: true });
    return left;
  }

  private request(payload: string | Uint8Array, options: Options): ExecutionRequest {
    return {
      functionName: 'f',
      executorType: 'python',
      executor: this.name,
      arguments: JSON.stringify(options.args ?? {}),
      payload: typeof payload === 'string' ? Buffer.from(payload) : payload,
      inputs: Object.fromEntries(
        Object.entries(options.inputs ?? {}).map(([name, content]) => [name, this.stage(content)]),
      ),
      outputs: options.outputs ?? [],
      limits: { ...roomy, ...options.limits },
      folder: this.folder,
      ...(options.signal && { signal: options.signal }),
    };
  }

  private stage(content: string | Uint8Array): Staged {
    const stager = new Stager(this.folder);
    stager.write(Buffer.from(content));
    return stager.finish();
  }
}

function contents(staged: Staged): string {
  return Buffer.concat([...readStaged(staged)]).toString('latin1');
}

/** A modern function with this body that returns what happened, exceptions included. */
export function attempt(text: string): string {
  const lines = text.trim().split('\n');
  return body(`try:
${lines.map((line) => `    ${line}`).join('\n')}
except BaseException as error:
    return type(error).__name__ + ': ' + str(error)`);
}

/** A modern function with this body. */
export function body(text: string): string {
  const lines = text.trim().split('\n');
  return `def main(inputs, outputs, args):\n${lines.map((line) => `    ${line}`).join('\n')}\n`;
}

/** What `afterHonestWork` needs, among the inputs. */
export const HONEST_INPUTS: Readonly<Record<string, string>> = { honest: '40 2' };

/** These statements of a modern function, in a process that first does honest work: so it also tells that the job before it did no harm. */
export function afterHonestWork(text: string): string {
  const check =
    'if sum(map(int, inputs.text("honest").read().split())) != 42: raise SystemError("the job before did harm")';
  return `${check}\n${text}`;
}
