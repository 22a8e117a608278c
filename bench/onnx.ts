/** ONNX models in WebAssembly, as the built-in function runs them, beside native ONNX Runtime; one thread each. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { faceNetwork } from '../packages/functions/src/faces/network.ts';
import { FLOAT } from '../packages/functions/src/onnx/element.ts';
import type { Port } from '../packages/functions/src/onnx/runtime.ts';
import { Session } from '../packages/functions/src/onnx/session.ts';
import { writeModel } from '../packages/functions/src/onnx/write.ts';
import { print, printRatio, timed } from './algorithms-data.ts';
import { type PeerResult, pythonPeer } from './python-peer.ts';

const ROUNDS = 5;

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

async function measure(
  what: string,
  model: Uint8Array,
  dims: readonly number[],
  folder: string,
): Promise<void> {
  const length = dims.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length }, (_, i) => i / (length - 1));
  const begin = performance.now();
  using session = await Session.open(model, {});
  const opened = performance.now() - begin;
  const { times } = await timed(ROUNDS, () =>
    session.run(
      [{ port: session.inputs[0] as Port, tensor: { type: FLOAT, dims, data } }],
      session.outputs[0] as Port,
    ),
  );
  print(`${what}: WebAssembly`, times, `opened in ${opened.toFixed(0)} ms`);
  const path = join(folder, 'model.onnx');
  writeFileSync(path, model);
  const peer = pythonPeer<PeerResult>('algorithms.py', [`onnx:${dims.join('x')}`, path, '0', '0', '0']);
  if (!peer) return;
  print(`${what}: ${peer.versions}`, peer.times);
  printRatio(times, peer.times);
}

export async function run(): Promise<void> {
  console.log(`onnx: median of ${ROUNDS}`);
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-bench-'));
  try {
    await measure('perceptron, 1,000 rows', perceptron(), [1000, 30], folder);
    await measure('face network, 864 x 576', await faceNetwork(), [1, 3, 576, 864], folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run();
