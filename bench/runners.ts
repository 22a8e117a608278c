/**
 * Runners by themselves: from the job's frame to the result's in a process that waits with the code, beside the bare engine;
 * and a hot loop in WebAssembly in a sandbox, beside the same module in this process.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { javascriptRunner, type RunnerSpec, SandboxExecutor, wasmRunner } from '@gaiwan/executors';
import { encodeFrame } from '@gaiwan/protocol/executor';
import { assemble, op } from '../packages/runners/src/testing/assemble.ts';
import { quantile } from './stats.ts';

const ROUNDS = Number(process.env['GAIWAN_BENCH_ROUNDS'] ?? 3e8);
const RUNS = 5;

/** loop: local1 = local1 * 1664525 + 1013904223; br_if (--local0) */
const STEP = [
  0x03,
  0x40,
  op.get(1),
  op.i32(1_664_525),
  0x6c,
  op.i32(1_013_904_223),
  op.add,
  op.set(1),
  op.get(0),
  op.i32(-1),
  op.add,
  0x22,
  0,
  0x0d,
  0,
  0x0b,
].flat();
/** A linear congruential generator, so that no round can be left out. */
const hot = assemble({
  memory: { minimum: 1, export: 'memory' },
  functions: [
    {
      export: 'entrypoint',
      type: ':i',
      locals: 2,
      code: [...op.i32(ROUNDS), ...op.set(0), ...STEP, ...op.get(1)],
    },
  ],
});

const add = readFileSync(new URL('../examples/functions/c-add/add.wasm', import.meta.url));
const sum = Buffer.from('export function main(inputs, outputs, args) { return args.a + args.b; }');
const limits = { timeMs: 60_000, cpuMs: 60_000, memoryMiB: 64, outputBytes: 1024, logBytes: 1024, files: 1 };
const PROCESSES = 20;

/** Milliseconds from job to result, without any layer around the process. */
async function jobTime({ command: [program = '', ...args] }: RunnerSpec, code: Uint8Array): Promise<number> {
  const child = spawn(program, args, { env: {}, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const send = (head: { readonly type: string } & Record<string, unknown>, body?: Uint8Array) => {
    for (const part of encodeFrame(head, body)) child.stdin.write(part);
  };
  await once(child.stdout, 'data');
  send({ type: 'prepare', executorType: 'a', executor: 'b' }, code);
  await delay(100);
  const answered = once(child.stdout, 'data');
  const begin = performance.now();
  send({ type: 'job', function: 'f', arguments: '{"a":"3","b":"4"}', inputs: [], outputs: [], limits });
  await answered;
  const time = performance.now() - begin;
  await ended;
  return time;
}

async function jobs(name: string, runner: RunnerSpec, code: Uint8Array): Promise<void> {
  const all: number[] = [];
  for (let i = 0; i < PROCESSES; i++) all.push(await jobTime(runner, code));
  all.sort((a, b) => a - b);
  const [best = Number.NaN] = all;
  console.log(`  ${name}: median ${quantile(all, 0.5).toFixed(2)} ms, best ${best.toFixed(2)} ms`);
}

function bareAdd(): number {
  const module = new WebAssembly.Module(new Uint8Array(add));
  const begin = performance.now();
  for (let i = 0; i < 100; i++) {
    const { exports } = new WebAssembly.Instance(module);
    (exports['entrypoint'] as (argc: number, argv: number) => number)(0, 0);
  }
  return (performance.now() - begin) / 100;
}

/** Takes turns, as other work on the machine comes and goes. */
async function times(calls: readonly (() => Promise<number>)[]): Promise<number[][]> {
  const all: number[][] = calls.map(() => []);
  const results = new Set<number>();
  for (let run = 0; run < RUNS; run++) {
    for (const [index, call] of calls.entries()) {
      const begin = performance.now();
      results.add(await call());
      all[index]?.push(performance.now() - begin);
      // Another sandbox gets ready.
      await delay(300);
    }
  }
  if (results.size !== 1) throw new Error(`Different results: ${[...results].join(', ')}`);
  return all.map((some) => some.sort((x, y) => x - y));
}

export async function run(): Promise<void> {
  console.log(`a waiting runner, from job to result, ${PROCESSES} processes without layers`);
  await jobs('WebAssembly, 3 + 4', wasmRunner(), add);
  console.log(`  bare instantiate and call: ${bareAdd().toFixed(2)} ms`);
  await jobs('JavaScript, 3 + 4', javascriptRunner(), sum);
  await hotLoop();
}

async function hotLoop(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-bench-wasm-'));
  const executor = await SandboxExecutor.open({
    runner: wasmRunner(),
    slots: 1,
    sandbox: { folder, require: ['process'] },
  });
  try {
    const request = {
      functionName: 'hot',
      executorType: 'wasm',
      executor: 'wasm',
      arguments: '{}',
      payload: hot,
      inputs: {},
      outputs: [],
      limits,
      folder,
    };
    const [ours = [], bare = []] = await times([
      async () => Number(Buffer.from((await executor.run(request)).returnValue).toString()),
      async () => {
        const { exports } = new WebAssembly.Instance(new WebAssembly.Module(hot));
        return (exports['entrypoint'] as () => number)();
      },
    ]);
    const show = (some: readonly number[]) =>
      `median ${quantile(some, 0.5).toFixed(0)} ms, best ${(some[0] ?? Number.NaN).toFixed(0)} ms`;
    const ratio = (q: number) => (quantile(ours, q) / quantile(bare, q)).toFixed(2);
    console.log(`hot loop in WebAssembly, ${ROUNDS / 1e6} million rounds, ${RUNS} runs each, in turn`);
    console.log(`  sandbox (${executor.layers.join(', ')}): ${show(ours)}`);
    console.log(`  bare V8, in this process: ${show(bare)}`);
    console.log(`  ratio of medians ${ratio(0.5)}, of the best ${ratio(0)} (start of the job included)`);
  } finally {
    await executor.close();
    rmSync(folder, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run();
