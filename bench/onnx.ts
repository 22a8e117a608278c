/** ONNX models in WebAssembly and on native code, as the built-in function runs them, beside ONNX Runtime for Python; one thread each. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onnxruntimeFiles } from '../packages/executors/src/languages/onnx/pinned.ts';
import { OnnxBench } from '../packages/executors/src/testing/onnx.ts';
import { ONNXRUNTIME } from '../packages/executors/src/testing/onnxruntime.ts';
import { faceNetwork } from '../packages/functions/src/faces/network.ts';
import { builtins } from '../packages/functions/src/index.ts';
import { FLOAT } from '../packages/functions/src/onnx/element.ts';
import { nativeRuntime } from '../packages/functions/src/onnx/native-session.ts';
import type { OnnxRuntime, Port } from '../packages/functions/src/onnx/runtime.ts';
import { webAssembly } from '../packages/functions/src/onnx/session.ts';
import { writeModel } from '../packages/functions/src/onnx/write.ts';
import { runFunction } from '../packages/functions/src/testing/run.ts';
import { loadAddon } from '../packages/runners/src/onnx/addon.ts';
import { print, printRatio, timed } from './algorithms-data.ts';
import { type PeerResult, pythonPeer } from './python-peer.ts';

/** As many as the peer's. */
const ROUNDS = 25;
const GOAL = 1.2;
const CALLS = 6;
const PAUSE_MS = 1500;

/** Two hidden layers of 128. */
function perceptron(): Uint8Array {
  const weights = (...dims: number[]) => ({
    name: `w${dims.join('x')}`,
    dims,
    data: Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 1.7) / 10),
  });
  const layers = [weights(30, 128), weights(128, 128), weights(128, 1)];
  return writeModel({
    nodes: layers.flatMap(({ name }, i) => [
      { op: 'MatMul', inputs: [i === 0 ? 'x' : `r${i - 1}`, name], output: `z${i}` },
      { op: 'Relu', inputs: [`z${i}`], output: `r${i}` },
    ]),
    inputs: [{ name: 'x', dims: ['rows', 30] }],
    outputs: [{ name: 'r2', dims: ['rows', 1] }],
    initializers: layers,
  });
}

/** What both executors compute with. Native code is loaded into this process: the sandbox takes no part in what a session costs. */
const runtimes = (): readonly (readonly [name: string, runtime: OnnxRuntime])[] => {
  if (ONNXRUNTIME === undefined) return [['WebAssembly', webAssembly]];
  const { addon, library } = onnxruntimeFiles(ONNXRUNTIME);
  return [
    ['WebAssembly', webAssembly],
    ['native in Node', nativeRuntime(loadAddon(addon, library))],
  ];
};

async function sessionTimes(
  runtime: OnnxRuntime,
  model: Uint8Array,
  dims: readonly number[],
): Promise<{ readonly times: readonly number[]; readonly opened: number }> {
  const length = dims.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length }, (_, i) => i / (length - 1));
  const begin = performance.now();
  using session = await runtime.open(model, {});
  const opened = performance.now() - begin;
  const { times } = await timed(ROUNDS, () =>
    session.run(
      [{ port: session.inputs[0] as Port, tensor: { type: FLOAT, dims, data } }],
      session.outputs[0] as Port,
    ),
  );
  return { times, opened };
}

interface Case {
  readonly what: string;
  readonly model: Uint8Array;
  readonly dims: readonly number[];
}

async function measure(
  { what, model, dims }: Case,
  all: ReturnType<typeof runtimes>,
  folder: string,
): Promise<void> {
  const path = join(folder, 'model.onnx');
  writeFileSync(path, model);
  const peer = pythonPeer<PeerResult>('algorithms.py', [`onnx:${dims.join('x')}`, path, '0', '0', '0']);
  if (peer) print(`${what}: ${peer.versions}`, peer.times);
  for (const [name, runtime] of all) {
    const { times, opened } = await sessionTimes(runtime, model, dims);
    print(`${what}: ${name}`, times, `opened in ${opened.toFixed(0)} ms`);
    if (peer) printRatio(times, peer.times, runtime === webAssembly ? undefined : GOAL);
  }
}

/** From CSV to CSV, in ms that pass: with the sandbox, which is started ahead. */
async function measureCalls(): Promise<void> {
  const rows = Array.from({ length: 10_000 }, (_, i) =>
    Array.from({ length: 30 }, (_x, j) => Math.sin(i + j * 0.7).toFixed(6)).join(','),
  );
  const files = { model_file: perceptron(), data_file: Buffer.from(`${rows.join('\n')}\n`) };
  const args = { columns: 30 };
  const calls = async (name: string, once: () => Promise<unknown>) => {
    const times: number[] = [];
    for (let round = 0; round < CALLS; round++) {
      const begin = performance.now();
      await once();
      times.push(performance.now() - begin);
      // The next sandbox is ready.
      await delay(PAUSE_MS);
    }
    print(`perceptron, 10,000 rows from CSV to CSV: ${name}`, times.slice(1));
  };
  const predict = builtins.get('builtin-onnx-predict');
  await calls('WebAssembly, in this thread', () => runFunction(predict, args, files, { cut: 1 << 20 }));
  if (ONNXRUNTIME === undefined) return;
  const bench = await OnnxBench.open(ONNXRUNTIME);
  try {
    await calls('native, a new sandbox each', () => bench.run(args, files));
  } finally {
    await bench.close();
  }
}

export async function run(): Promise<void> {
  console.log(`onnx: median of ${ROUNDS}`);
  if (ONNXRUNTIME === undefined) console.log('SKIPPED: native ONNX Runtime (GAIWAN_ONNXRUNTIME)');
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-bench-'));
  try {
    const all = runtimes();
    await measure({ what: 'perceptron, 1,000 rows', model: perceptron(), dims: [1000, 30] }, all, folder);
    const face = { what: 'face network, 864 x 576', model: await faceNetwork(), dims: [1, 3, 576, 864] };
    await measure(face, all, folder);
    await measureCalls();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run();
