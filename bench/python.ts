/**
 * Python functions: warm and cold starts, and what the layers cost. The peer of the cold start is a plain load of Pyodide in
 * a process of its own; that of native Python is python3 with the same imports.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  cpythonRunner,
  type ExecutionRequest,
  pyodideRunner,
  type RunnerSpec,
  SandboxExecutor,
  type SandboxOptions,
} from '@gaiwan/executors';
import { quantile } from './stats.ts';

const ROUNDS = Number(process.env['GAIWAN_BENCH_ROUNDS'] ?? 10);
const PYTHON = '/usr/bin/python3';
const CODE = Buffer.from('def main(inputs, outputs, args):\n    return args["n"] + 1\n');
const median = (times: readonly number[]) =>
  quantile(
    times.toSorted((a, b) => a - b),
    0.5,
  );

const request = (executor: string, folder: string): ExecutionRequest => ({
  functionName: 'f',
  executorType: 'python',
  executor,
  arguments: '{"n":41}',
  payload: CODE,
  inputs: {},
  outputs: [],
  limits: {
    timeMs: 30_000,
    cpuMs: 30_000,
    memoryMiB: 256,
    outputBytes: 1 << 20,
    logBytes: 1 << 16,
    files: 10,
  },
  folder,
});

const timed = async (act: () => unknown): Promise<number> => {
  const start = performance.now();
  await act();
  return performance.now() - start;
};

/** Milliseconds, medians: with a process that waits, and with one that has to be started. */
async function measure(runner: RunnerSpec, executor: string, sandbox: SandboxOptions) {
  const times = { warm: [] as number[], cold: [] as number[] };
  for (const kind of ['warm', 'cold'] as const) {
    const sandboxed = await SandboxExecutor.open({
      runner,
      slots: 1,
      warm: kind === 'warm' ? { generic: 1, prepared: 1 } : { generic: 0, prepared: 0 },
      sandbox,
    });
    for (let round = 0; round <= ROUNDS; round++) {
      const time = await timed(async () => {
        const { returnValue } = await sandboxed.run(request(executor, sandbox.folder));
        if (Buffer.from(returnValue).toString() !== '42') throw new Error('wrong result');
      });
      if (round > 0) times[kind].push(time);
      // The next process gets ready meanwhile.
      if (kind === 'warm') await new Promise((resolve) => setTimeout(resolve, 1500));
    }
    await sandboxed.close();
  }
  return { warm: median(times.warm), cold: median(times.cold) };
}

const ms = (value: number) => `${value.toFixed(1)} ms`;
const peer = (program: string, args: readonly string[]) =>
  median(
    Array.from({ length: ROUNDS }, () => {
      const start = performance.now();
      const { status, stderr } = spawnSync(program, args);
      if (status !== 0) throw new Error(stderr.toString());
      return performance.now() - start;
    }),
  );

export async function run(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-bench-python-'));
  // Without namespaces, the sandbox's user has to find the snapshot there.
  chmodSync(folder, 0o711);
  try {
    await runIn(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function runIn(folder: string): Promise<void> {
  const pyodide = await pyodideRunner({ folder });
  const { command } = pyodide;
  const module = JSON.stringify(`file://${command[command.indexOf('run') + 1]}/pyodide.mjs`);
  const plainLoad = peer(process.execPath, [
    '--input-type=module',
    '-e',
    `import { loadPyodide } from ${module}; const p = await loadPyodide(); if (p.runPython("41 + 1") !== 42) process.exit(1)`,
  ]);
  const ours = await measure(pyodide, 'mesapy', { folder });
  const bare = await measure(pyodide, 'mesapy', {
    folder,
    require: ['process'],
    without: ['namespaces', 'seccomp', 'rlimits', 'cgroups'],
  });
  console.log(`python/mesapy (Pyodide)  warm ${ms(ours.warm)}   target 15 ms`);
  console.log(
    `                         cold ${ms(ours.cold)}   plain load of Pyodide ${ms(plainLoad)}   ratio ${(ours.cold / plainLoad).toFixed(2)}   target 0.35`,
  );
  console.log(`  without OS layers      warm ${ms(bare.warm)}   cold ${ms(bare.cold)}`);

  const modules = ['pandas', 'numpy'].filter(
    (name) => existsSync(PYTHON) && spawnSync(PYTHON, ['-I', '-c', `import ${name}`]).status === 0,
  );
  if (modules.includes('pandas')) {
    const runner = await cpythonRunner({ python: PYTHON, modules, sandbox: { folder } });
    const native = await measure(runner, 'cpython', { folder });
    const plain = peer(PYTHON, ['-I', '-c', 'import pandas, numpy']);
    console.log(`python/cpython + pandas  warm ${ms(native.warm)}   target 60 ms`);
    console.log(
      `                         cold ${ms(native.cold)}   python3 -c 'import pandas' ${ms(plain)}   ratio ${(native.cold / plain).toFixed(2)}`,
    );
  } else console.log(`SKIPPED: ${PYTHON} with pandas is wanted (Debian: python3-pandas)`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run();
