/** Runs a project's test cases, each in a sandbox as a worker would. */

import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dictionary } from '@gaiwan/errors';
import {
  cpythonRunner,
  type ExecutionResult,
  ExecutorError,
  javascriptRunner,
  type Layer,
  pyodideRunner,
  type RunnerSpec,
  readStaged,
  removeStaged,
  SandboxError,
  SandboxExecutor,
  type SandboxOptions,
  type Staged,
  SYSTEM_PYTHON,
  wasmRunner,
} from '@gaiwan/executors';
import type { RunLimits } from '@gaiwan/protocol';
import { CliError, unreadable, usage } from '../errors.ts';
import type { Project, TestCase } from './project.ts';

export interface Verdict {
  readonly name: string;
  /** What is not as it should be. */
  readonly wrong: readonly string[];
  readonly log: readonly string[];
  /** Milliseconds. */
  readonly time: number;
}

export interface TestRun {
  readonly layers: readonly Layer[];
  readonly verdicts: readonly Verdict[];
}

const DEFAULT_LIMITS: RunLimits = {
  timeMs: 60_000,
  cpuMs: 60_000,
  memoryMiB: 512,
  outputBytes: 64 << 20,
  logBytes: 1 << 20,
  files: 1023,
};
/** Of a text that is shown. */
const SHOWN = 200;

/** `python`: an interpreter for `python/cpython` other than the system's, by its absolute path. Rejects with `CliError` where nothing can be run. */
export async function runTests(project: Project, code: Uint8Array, python?: string): Promise<TestRun> {
  if (project.tests.length === 0) throw usage('The project has no tests: add some to its "tests".');
  const limits = limitsOf(project);
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-function-'));
  // Where there are no namespaces, another user has to find a runner's snapshot there.
  chmodSync(folder, 0o711);
  // What the host offers is used; a developer's machine may offer less than a worker must.
  const sandbox: SandboxOptions = { folder, require: ['process'] };
  try {
    const executor = await SandboxExecutor.open({
      runner: await runnerFor(project, sandbox, python),
      slots: 1,
      warm: { generic: 1, prepared: 1 },
      sandbox,
    });
    try {
      const verdicts: Verdict[] = [];
      for (const test of project.tests)
        verdicts.push(await runOne({ executor, project, code, limits, folder }, test));
      return { layers: executor.layers, verdicts };
    } finally {
      await executor.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const PYODIDE = ['python/mesapy', 'python/python'];
const CPYTHON = 'python/cpython';

async function runnerFor(
  { executorType, executor }: Project,
  sandbox: SandboxOptions,
  python: string | undefined,
): Promise<RunnerSpec> {
  const pair = `${executorType}/${executor}`;
  if (python !== undefined && pair !== CPYTHON) {
    throw usage(`--python is for projects with the executor "cpython"; this one has ${pair}.`);
  }
  const ready = [wasmRunner(), javascriptRunner()];
  const found = ready.find(({ pairs }) => pairs.includes(pair));
  if (found) return found;
  // Takes seconds: it makes a snapshot of its interpreter.
  if (PYODIDE.includes(pair)) return await pyodideRunner({ folder: sandbox.folder });
  if (pair === CPYTHON) return await nativePython(python ?? SYSTEM_PYTHON, sandbox);
  const known = [...ready.flatMap(({ pairs }) => pairs), ...PYODIDE, CPYTHON].join(', ');
  throw usage(`No runner for ${pair} here; known are ${known} (executorType/executor).`);
}

async function nativePython(python: string, sandbox: SandboxOptions): Promise<RunnerSpec> {
  try {
    return await cpythonRunner({ python, sandbox });
  } catch (error) {
    if (error instanceof SandboxError) throw new CliError('io', error.message);
    throw error;
  }
}

function limitsOf({ limits }: Project): RunLimits {
  const unknown = Object.keys(limits).find((name) => !Object.hasOwn(DEFAULT_LIMITS, name));
  if (unknown === undefined) return { ...DEFAULT_LIMITS, ...limits };
  throw usage(
    `"limits" has ${JSON.stringify(unknown)}; there are ${Object.keys(DEFAULT_LIMITS).join(', ')}.`,
  );
}

interface Bench {
  readonly executor: SandboxExecutor;
  readonly project: Project;
  readonly code: Uint8Array;
  readonly limits: RunLimits;
  readonly folder: string;
}

async function runOne({ executor, project, code, limits, folder }: Bench, test: TestCase): Promise<Verdict> {
  const inputs = dictionary(
    Object.entries(test.inputs).map(([slot, file]) => [slot, stage(readProjectFile(project, file))]),
  );
  const started = performance.now();
  let result: ExecutionResult | undefined;
  let failure: ExecutorError | undefined;
  try {
    result = await executor.run({
      functionName: project.name,
      executorType: project.executorType,
      executor: project.executor,
      arguments: test.arguments,
      payload: code,
      inputs,
      outputs: project.outputs.map(({ name }) => name),
      limits,
      folder,
    });
  } catch (error) {
    if (!(error instanceof ExecutorError)) throw error;
    failure = error;
  }
  const time = performance.now() - started;
  const wrong = failure ? checkFailure(test, failure) : result ? checkResult(project, test, result) : [];
  for (const output of Object.values(result?.outputs ?? {})) removeStaged(output);
  return { name: test.name, wrong, log: result?.log ?? failure?.log ?? [], time };
}

function checkFailure({ error }: TestCase, { code, message }: ExecutorError): string[] {
  if (error === undefined) return [`it failed (${code}): ${message}`];
  return message.includes(error) ? [] : [`it failed with ${quote(message)}, not with ${quote(error)}`];
}

function checkResult(project: Project, test: TestCase, { returnValue, outputs }: ExecutionResult): string[] {
  const wrong: string[] = [];
  const result = Buffer.from(returnValue).toString();
  if (test.error !== undefined)
    wrong.push(`it did not fail with ${quote(test.error)}; its result is ${quote(result)}`);
  if (test.result !== undefined && result !== test.result) {
    wrong.push(`the result is ${quote(result)}, not ${quote(test.result)}`);
  }
  for (const [slot, file] of Object.entries(test.outputs)) {
    const output = Object.hasOwn(outputs, slot) ? outputs[slot] : undefined;
    const content = output && Buffer.concat([...readStaged(output)].map((chunk) => Buffer.from(chunk)));
    const expected = readProjectFile(project, file);
    if (!content) wrong.push(`the output ${slot} was not created`);
    else if (!content.equals(expected)) {
      wrong.push(
        `the output ${slot} is ${quote(content.toString())}, not as ${file}: ${quote(expected.toString())}`,
      );
    }
  }
  return wrong;
}

function readProjectFile({ folder }: Project, file: string): Buffer {
  try {
    return readFileSync(join(folder, file));
  } catch (error) {
    throw unreadable(join(folder, file), error);
  }
}

function stage(bytes: Buffer): Staged {
  return { kind: 'memory', chunks: [new Uint8Array(bytes)], size: bytes.length };
}

function quote(text: string): string {
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
}
