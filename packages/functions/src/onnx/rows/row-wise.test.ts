import { afterAll, describe, expect, it } from 'vitest';
import { runFunction } from '../../testing/run.ts';
import { DOUBLE, FLOAT, INT64, STRING } from '../element.ts';
import { readModelFile } from '../model-file.ts';
import { onnxPredict } from '../on-web-assembly.ts';
import { RowBuffer } from '../row-buffer.ts';
import { Session } from '../session.ts';
import { type Graph, type Initializer, type Node, writeModel } from '../write.ts';
import { rowWise } from './row-wise.ts';

const ML = 'ai.onnx.ml';
const ints = (name: string, ...values: readonly number[]): Initializer => ({
  name,
  dims: [values.length],
  data: BigInt64Array.from(values.map(BigInt)),
});
const floats = (name: string, dims: readonly number[]): Initializer => ({
  name,
  dims,
  data: Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i + 1)),
});

const initializers: readonly Initializer[] = [
  ints('zero', 0),
  ints('one', 1),
  ints('two', 2),
  ints('last', -1),
  ints('keep', 0, -1),
  ints('row of 4', -1, 4),
  ints('row of 2', -1, 2),
  ints('pictures', 0, 1, 2, 2),
  ints('two and 2', 2, 2),
  floats('scalar', []),
  floats('row', [4]),
  floats('one row', [1, 4]),
  floats('column', [3, 1]),
  floats('three rows', [3, 4]),
  floats('square', [4, 4]),
  floats('wide', [1, 4, 4]),
  floats('filter', [2, 1, 2, 2]),
  floats('channels', [1]),
  { name: 'classes', dims: [4], data: BigInt64Array.of(5n, 6n, 7n, 8n) },
];

const node = (
  op: string,
  inputs: string,
  attributes: Node['attributes'] = {},
  domain = '',
): Omit<Node, 'output'> => ({
  op,
  inputs: inputs.split(','),
  attributes,
  ...(domain && { domain }),
});
/** What goes in before the operator that is tried: tensors of each shape. */
const before: readonly Node[] = [
  { ...node('Reshape', 'x,pictures'), output: 'p' },
  { ...node('ReduceSum', 'x,one', { keepdims: 0 }), output: 'v' },
  { ...node('ArgMax', 'x', { axis: 1 }), output: 'i' },
  { ...node('Greater', 'x,scalar'), output: 'b' },
  { ...node('ArrayFeatureExtractor', 'classes,i', {}, ML), output: 'flat' },
];

/** By what they do: x is [n, 4], p is [n, 1, 2, 2], v is [n], i is [n, 1], b is [n, 4] of bool, flat is [1, n]. */
const apart: readonly Omit<Node, 'output'>[] = [
  ...'Abs Neg Exp Sigmoid Tanh Relu Floor Erf Softplus Identity IsNaN Clip LeakyRelu'
    .split(' ')
    .map((op) => node(op, 'x')),
  node('Cast', 'x', { to: DOUBLE }),
  node('Not', 'b'),
  ...'scalar,row,one row,x'.split(',').flatMap((other) => ['Add', 'Mul'].map((op) => node(op, `x,${other}`))),
  node('Sub', 'one row,x'),
  node('Pow', 'x,two'),
  node('Max', 'x,row,scalar'),
  node('Where', 'b,x,scalar'),
  node('PRelu', 'x,row'),
  node('MatMul', 'x,square'),
  node('MatMul', 'p,p'),
  node('Gemm', 'x,square,row', { transB: 1 }),
  node('Gemm', 'x,square,x'),
  node('ReduceSum', 'x,one'),
  node('ReduceMean', 'p', { axes: [2, -1], keepdims: 0 }),
  node('ReduceMax', 'x', { axes: [1] }),
  node('ArgMin', 'x', { axis: -1, keepdims: 0 }),
  node('Softmax', 'x'),
  node('LogSoftmax', 'p', { axis: 1 }),
  node('Concat', 'x,x', { axis: 1 }),
  node('Flatten', 'p'),
  node('Reshape', 'p,keep'),
  node('Reshape', 'p,row of 4'),
  node('Reshape', 'v,last'),
  node('Reshape', 'i,last'),
  node('Reshape', 'flat,last'),
  node('Squeeze', 'i,one'),
  node('Unsqueeze', 'v,one'),
  node('Unsqueeze', 'x,last'),
  node('Transpose', 'p', { perm: [0, 3, 1, 2] }),
  node('Gather', 'square,i'),
  node('Gather', 'x,two', { axis: 1 }),
  node('Slice', 'x,one,two,one'),
  node('Conv', 'p,filter'),
  node('MaxPool', 'p', { kernel_shape: [2, 2] }),
  node('GlobalAveragePool', 'p'),
  node('BatchNormalization', 'p,channels,channels,channels,channels'),
  node('Dropout', 'x'),
  node('TopK', 'x,one'),
  node('Normalizer', 'x', { norm: 'L2' }, ML),
  node('Binarizer', 'x', { threshold: { float: 0.25 } }, ML),
  node('Scaler', 'x', { offset: { floats: [1] }, scale: { floats: [2] } }, ML),
  node('ArrayFeatureExtractor', 'x,one', {}, ML),
  node('OneHotEncoder', 'i', { cats_int64s: [0, 1, 2, 3] }, ML),
  node('FeatureVectorizer', 'x,x', { inputdimensions: [4, 4] }, ML),
  node('LinearRegressor', 'x', { coefficients: { floats: [1, 2, 3, 4] }, targets: 1 }, ML),
];

/** Each of them computes something of several rows, or cannot be told from one that does. */
const across: readonly Omit<Node, 'output'>[] = [
  node('ReduceMean', 'x', { axes: [0] }),
  node('ReduceMean', 'x', { axes: [-2] }),
  node('ReduceMax', 'x'),
  node('ArgMax', 'x'),
  node('ArgMax', 'v', { axis: -1 }),
  node('Softmax', 'x', { axis: 0 }),
  node('Softmax', 'v'),
  node('CumSum', 'x,zero'),
  node('Concat', 'x,x', { axis: 0 }),
  node('Add', 'x,v'),
  node('Add', 'x,three rows'),
  node('Add', 'x,wide'),
  node('Mul', 'x,column'),
  node('MatMul', 'v,x'),
  node('MatMul', 'x,wide'),
  node('Gemm', 'x,x', { transA: 1 }),
  node('Gemm', 'x,square,column'),
  node('Reshape', 'x,row of 2'),
  node('Reshape', 'x,last'),
  node('Reshape', 'x,two and 2'),
  node('Flatten', 'x', { axis: 0 }),
  node('Transpose', 'x'),
  node('Transpose', 'p', { perm: [1, 0, 2, 3] }),
  node('Unsqueeze', 'x,zero'),
  node('Gather', 'x,zero'),
  node('Slice', 'x,one,two'),
  node('Slice', 'x,one,two,zero'),
  node('TopK', 'x,one', { axis: 0 }),
  node('LpNormalization', 'x', { axis: 0 }),
  node('DynamicQuantizeLinear', 'x'),
  node('Shape', 'x'),
  node('NonZero', 'x'),
  node('Scaler', 'v', { offset: { floats: [1] }, scale: { floats: [2] } }, ML),
];

const title = ({ op, inputs, attributes }: Omit<Node, 'output'>) =>
  `${op}(${inputs.join(', ')}) ${JSON.stringify(attributes)}`;

/** Every one of them has an output of its own. */
const all = [...apart, ...across];
const graph: Graph = {
  nodes: [
    ...before,
    ...all.map((one, i) => ({ ...one, output: one.op === 'TopK' ? [`y${i}`, `z${i}`] : `y${i}` })),
  ],
  inputs: [{ name: 'x', dims: ['n', 4] }],
  outputs: all.map((_, i) => ({ name: `y${i}`, dims: ['n'] })),
  initializers,
  domains: { '': 13, [ML]: 1 },
};
const input = [{ name: 'x', type: FLOAT, dims: ['n', 4] }];
const model = readModelFile(writeModel(graph));

describe('operators that keep rows apart', () => {
  /** One graph for each: types and shapes of outputs are the runtime's. */
  const rows = Float32Array.from({ length: 12 }, (_, i) => Math.cos(3 * i));
  let session: Session | undefined;
  afterAll(() => session?.[Symbol.dispose]());

  async function run(output: string, from: number, to: number) {
    session ??= await Session.open(
      writeModel({
        ...graph,
        nodes: graph.nodes.slice(0, before.length + apart.length),
        outputs: apart.map((_, i) => ({ name: `y${i}`, dims: 'inferred' })),
      }),
      {},
    );
    const tensor = { type: FLOAT, dims: [to - from, 4], data: rows.slice(4 * from, 4 * to) };
    const [port] = session.inputs;
    const found = session.outputs.find(({ name }) => name === output);
    if (!port || !found) throw new Error('the model has lost its ends');
    return session.run([{ port, tensor }], found);
  }

  it.each(apart.map((one, i) => [title(one), i] as const))('%s', async (_title, i) => {
    expect(rowWise(model, input, `y${i}`)).toEqual({ isRowWise: true });
    const together = await run(`y${i}`, 0, 3);
    const alone = [await run(`y${i}`, 0, 1), await run(`y${i}`, 1, 2), await run(`y${i}`, 2, 3)];
    expect(together.dims[0]).toBe(3);
    expect(alone.flatMap(({ data }) => [...data])).toEqual([...together.data]);
  });
});

describe('operators that may look across rows', () => {
  it.each(across.map((one, i) => [title(one), i + apart.length, one.op] as const))('%s', (_title, i, op) => {
    expect(rowWise(model, input, `y${i}`)).toEqual({ isRowWise: false, op });
  });

  it('are remembered on the way to the output', () => {
    const nodes: Node[] = [
      { op: 'CumSum', inputs: ['x', 'zero'], output: 'c' },
      { op: 'Relu', inputs: ['c'], output: 'y' },
    ];
    const later = readModelFile(writeModel({ ...graph, nodes, outputs: [{ name: 'y', dims: [] }] }));
    expect(rowWise(later, input, 'y')).toEqual({ isRowWise: false, op: 'CumSum' });
    expect(rowWise(later, input, 'z').isRowWise).toBe(false);
    // Rows, but along the second axis.
    expect(rowWise(model, input, 'flat')).toEqual({ isRowWise: false, op: 'its output' });
  });

  it('a reshape of a model for so many rows keeps them apart where it keeps that number', () => {
    const fixed = (dims: readonly (number | string)[]) => [{ name: 'x', type: FLOAT, dims }];
    const made = readModelFile(
      writeModel({ ...graph, nodes: [{ op: 'Reshape', inputs: ['x', 'two and 2'], output: 'y' }] }),
    );
    expect(rowWise(made, fixed([2, 2, 1]), 'y').isRowWise).toBe(true);
    expect(rowWise(made, fixed([4, 1]), 'y').isRowWise).toBe(false);
  });
});

describe('S7: rows go in as the model can take them', () => {
  const predict = (made: Graph, data_file: string, args = {}) =>
    runFunction(
      onnxPredict,
      args,
      { model_file: writeModel({ domains: { '': 13 }, ...made }), data_file },
      { cut: 999 },
    );
  const centred = (rows: number | string): Graph => ({
    nodes: [
      { op: 'ReduceMean', inputs: ['x'], output: 'm', attributes: { axes: [0] } },
      { op: 'Sub', inputs: ['x', 'm'], output: 'y' },
    ],
    inputs: [{ name: 'x', dims: [rows, 2] }],
    outputs: [{ name: 'y', dims: [rows, 2] }],
  });

  it('all at once for a mean over all rows', async () => {
    const rows = 40_000;
    const data = Array.from({ length: rows }, (_, i) => `${i % 64},${i < rows / 2 ? 1 : 3}\n`).join('');
    const { text, outputs } = await predict(centred('n'), data);
    expect(JSON.parse(text)).toMatchObject({ rows, rows_at_once: 'all' });
    const expected = Array.from(
      { length: rows },
      (_, i) => `${(i % 64) - 31.5},${i < rows / 2 ? '-1.0' : '1.0'}\n`,
    );
    expect(outputs['result_file']).toBe(expected.join(''));
  });

  it('a number that the model wants, of which the table must have a multiple where rows are not apart', async () => {
    const { text, outputs } = await predict(centred(2), '1,0\n3,0\n10,5\n20,7\n');
    expect([JSON.parse(text).rows_at_once, outputs['result_file']]).toEqual([
      2,
      '-1.0,0.0\n1.0,0.0\n-5.0,-1.0\n5.0,1.0\n',
    ]);
    await expect(predict(centred(4), '1,1\n2,2\n3,3\n4,4\n5,5\n')).rejects.toThrow(
      'takes 4 rows at once and may look across them (ReduceMean), and 1 are left for the last time: give a multiple of 4 rows',
    );
  });

  it('what fills up the last time is a row of the table, and never reaches the answer', async () => {
    const words: Graph = {
      nodes: [
        {
          op: 'OneHotEncoder',
          domain: ML,
          inputs: ['x'],
          output: 'y',
          // Any other word is an error.
          attributes: { cats_int64s: [4, 5], zeros: 0 },
        },
      ],
      inputs: [{ name: 'x', dims: [4, 1], type: INT64 }],
      outputs: [{ name: 'y', dims: [4, 1, 2] }],
      domains: { '': 13, [ML]: 1 },
    };
    const { text, outputs } = await predict(words, '4\n5\n5\n4\n5\n');
    expect(JSON.parse(text)).toMatchObject({ rows: 5, columns: 2, rows_at_once: 4 });
    expect(outputs['result_file']).toBe('1.0,0.0\n0.0,1.0\n0.0,1.0\n1.0,0.0\n0.0,1.0\n');
  });

  it('no more at once than the limit', () => {
    const port = { name: 'x', type: STRING, dims: ['n', 1] };
    const plan = { inputs: [{ port, sizes: [1], width: 1 }], width: 1, rows: undefined };
    const counts = { missing: 0, rounded: 0, blanks: 0 };
    const buffer = new RowBuffer(plan, { isRowWise: false, op: 'CumSum' }, counts);
    // Of texts, 8 characters are as much as a number.
    const batch = { cells: ['x'.repeat(1 << 23)], rows: 1, columns: 1, names: undefined, first: 0 };
    for (let i = 0; i < 15; i++) buffer.add(batch, 0, undefined);
    expect([buffer.rows, buffer.isFull]).toEqual([15, false]);
    expect(() => buffer.add(batch, 0, undefined)).toThrow(
      'gets all rows at once, since it may look across them (CumSum), and of those at most 16777216 numbers',
    );
    const apartBuffer = new RowBuffer(plan, { isRowWise: true }, counts);
    apartBuffer.add(batch, 0, undefined);
    expect(apartBuffer.isFull).toBe(true);
  });
});
