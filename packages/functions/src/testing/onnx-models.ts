/** Small models for tests of what stands around a runtime. */
import { type Graph, writeModel } from '../onnx/write.ts';

const graph = (rest: Pick<Graph, 'nodes' | 'initializers'>, columns: number): Uint8Array =>
  writeModel({
    inputs: [{ name: 'x', dims: ['rows', columns] }],
    outputs: [{ name: 'y', dims: ['rows', 'columns'] }],
    ...rest,
  });

/** Two columns in, the same two out. */
export const identityModel = (): Uint8Array =>
  graph({ nodes: [{ op: 'Identity', inputs: ['x'], output: 'y' }] }, 2);

/** One column, of which a tensor of these sizes is made; its largest number. */
export const expandingModel = (...dims: number[]): Uint8Array =>
  graph(
    {
      nodes: [
        { op: 'Expand', inputs: ['x', 'shape'], output: 'z' },
        { op: 'ReduceMax', inputs: ['z'], output: 'y', attributes: { axes: [0], keepdims: 1 } },
      ],
      initializers: [{ name: 'shape', dims: [dims.length], data: BigInt64Array.from(dims, BigInt) }],
    },
    1,
  );

/** So many columns, multiplied by a matrix so many times, one after another. */
export const slowModel = (columns: number, times: number): Uint8Array =>
  graph(
    {
      nodes: Array.from({ length: times }, (_, i) => ({
        op: 'MatMul',
        inputs: [i === 0 ? 'x' : `z${i - 1}`, 'w'],
        output: i === times - 1 ? 'y' : `z${i}`,
      })),
      initializers: [
        { name: 'w', dims: [columns, columns], data: new Float32Array(columns * columns).fill(1e-3) },
      ],
    },
    columns,
  );
