import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type WasmMemory, wasm } from '../kernels/wasm/api.ts';
import { FunctionError } from '../refusal.ts';
import { runFunction } from '../testing/run.ts';
import { runs } from '../testing/runs.ts';
import { DOUBLE, FLOAT, INT32, INT64 } from './element.ts';
import { MAX_MEMORY } from './instance.ts';
import { onnxPredict } from './on-web-assembly.ts';
import { type Graph, type Value, writeModel } from './write.ts';

const run = (model: Uint8Array, data: string, args: Record<string, unknown> = {}) =>
  runFunction(onnxPredict, args, { model_file: model, data_file: data }, { cut: 1000 });

/** `identity` of an input of that shape and type. */
const identity = (dims: Value['dims'], type = FLOAT, op = 'Identity') =>
  writeModel({
    nodes: [{ op, inputs: ['x'], output: 'y' }],
    inputs: [{ name: 'x', dims, type }],
    outputs: [{ name: 'y', dims, type }],
  });

const regression: Graph = {
  nodes: [
    { op: 'Gemm', inputs: ['x', 'w', 'b'], output: 'z' },
    { op: 'Sigmoid', inputs: ['z'], output: 'p' },
    { op: 'ArgMax', inputs: ['p'], output: 'label', attributes: { axis: 1, keepdims: 0 } },
  ],
  inputs: [{ name: 'x', dims: ['rows', 3] }],
  outputs: [
    { name: 'label', dims: ['rows'], type: INT64 },
    { name: 'p', dims: ['rows', 2] },
  ],
  initializers: [
    { name: 'w', dims: [3, 2], data: Float32Array.of(1, -1, 0.5, 0.25, -2, 3) },
    { name: 'b', dims: [2], data: Float32Array.of(0.125, -0.5) },
  ],
};

describe('builtin-onnx-predict', () => {
  it('writes the chosen output, however many rows there are', async () => {
    const rows = Array.from({ length: 25_000 }, (_, i) => [i % 7, (i % 5) - 2, (i % 3) / 4]);
    const data = rows.map((row) => `${row.join(',')}\n`).join('');
    const logit = ([a = 0, b = 0, c = 0]: readonly number[]) =>
      [a + 0.5 * b - 2 * c + 0.125, -a + 0.25 * b + 3 * c - 0.5] as const;
    const { text, outputs } = await run(writeModel(regression), data, { output: 'p' });
    expect(JSON.parse(text)).toEqual({
      rows: 25_000,
      columns: 2,
      output: 'p',
      type: 'float',
      other_outputs: ['label'],
      columns_by: 'position',
      rows_at_once: 'any',
      missing_values: 0,
      warnings: [expect.stringContaining('Columns were taken by their position')],
    });
    const found = (outputs['result_file'] as string)
      .trimEnd()
      .split('\n')
      .map((line) => line.split(',').map(Number));
    expect(found.length).toBe(rows.length);
    const expected = rows.map((row) => logit(row).map((z) => 1 / (1 + Math.exp(-z))));
    const flat = expected.flat();
    const differences = found.flat().map((value, i) => Math.abs(value - (flat[i] as number)));
    expect(differences.reduce((a, b) => Math.max(a, b))).toBeLessThan(1e-6);
    const labels = await run(writeModel(regression), data);
    expect(labels.outputs['result_file']).toBe(
      rows.map((row) => `${logit(row)[0] < logit(row)[1] ? 1 : 0}\n`).join(''),
    );
  });

  it.each([
    [FLOAT, '0.1,nan\n1e30,\n', '0.1,NaN\n1e30,NaN\n'],
    [DOUBLE, '0.1,-0\n', '0.1,-0.0\n'],
    [INT32, '-2147483647,7.0\n', '-2147483647,7\n'],
    [INT64, '9007199254740991,-1\n', '9007199254740991,-1\n'],
  ])('takes and gives type %i', async (type, data, expected) => {
    expect((await run(identity(['rows', 2], type), data)).outputs['result_file']).toBe(expected);
  });

  it.each([
    [[1, 2], '1,2\n3,4\n5,6'],
    [[2, 2], '1,2\n3,4\n5,6'],
    [['rows', 1, 2], '1,2\n3,4\n5,6'],
  ])('keeps to the shape %j', async (dims, data) => {
    expect((await run(identity(dims), data)).outputs['result_file']).toBe('1.0,2.0\n3.0,4.0\n5.0,6.0\n');
  });

  it('takes the columns from a header, or from the argument', async () => {
    const open = identity(['rows', 'columns']);
    expect((await run(open, 'a,b\n1,2\n', { header: true })).outputs['result_file']).toBe('1.0,2.0\n');
    expect((await run(open, '1,2\n', { columns: 2 })).outputs['result_file']).toBe('1.0,2.0\n');
    await expect(run(open, '1,2\n')).rejects.toThrow('say it with the argument "columns"');
  });

  it('gives an empty table for an empty one', async () => {
    const { text, outputs } = await run(identity(['rows', 2]), '');
    expect([JSON.parse(text).rows, outputs['result_file']]).toEqual([0, '']);
  });

  const shaped = (dims: Value['dims']) => () => identity(dims);
  it.each<[string, () => Uint8Array, string, Record<string, unknown>, string]>([
    [
      'ragged rows',
      shaped(['n', 2]),
      '1,2\n3\n',
      {},
      'Row 2: Data format error: column len = 1, expected = 2',
    ],
    ['words', shaped(['n', 2]), '1,2\n3,x\n', {}, 'Row 2, column 2: invalid float literal'],
    ['an empty line', shaped(['n', 1]), '1\n\n2\n', {}, 'Row 2: Empty line'],
    ['a wide header', shaped(['n', 2]), 'a,b,c\n1,2,3\n', { header: true }, 'have 3 columns'],
    ['an empty file with a header', shaped(['n', 2]), '', { header: true }, 'The input is empty'],
    ['columns unlike the model', shaped(['n', 2]), '1\n', { columns: 1 }, 'wants 2'],
    ['no dimension', shaped([]), '1\n', {}, 'it takes no rows of a table'],
    ['two open dimensions', shaped(['n', 'a', 2]), '1,2\n', {}, 'with the argument "row_shape"'],
    ['infinities', shaped(['n', 2]), '1,2\n3,-inf\n', {}, 'Row 2, column 2: a finite number is wanted'],
    ['numbers beyond floats', shaped(['n', 1]), '1e39\n', {}, "too large for the model's input (float)"],
    ['an argument that there is not', shaped(['n', 1]), '1\n', { colums: 1 }, 'no argument "colums"'],
    [
      '"columns" beside a header',
      shaped(['n', 'm']),
      'a\n1\n',
      { header: true, columns: 1 },
      'would be ignored',
    ],
    ['"features" without a header', shaped(['n', 1]), '1\n', { features: ['a'] }, 'it needs "header"'],
    [
      'a feature twice',
      shaped(['n', 2]),
      'a\n1\n',
      { header: true, features: ['a', 'a'] },
      'each of them once',
    ],
    ['the first row of a header', shaped(['n', 1]), 'a\n1\n', {}, 'give "header": true'],
    ['a huge batch', shaped([2 ** 40, 2]), '1,2\n', {}, 'numbers can go in at once'],
    [
      'fractions for integers',
      () => identity(['n', 2], INT64),
      '1,2\n3,0.5\n',
      {},
      'Row 2, column 2: the model wants integers (int64).',
    ],
    ['large numbers for int32', () => identity(['n', 1], INT32), '2147483648\n', {}, 'Row 1, column 1'],
    ['bfloat16 as input', () => identity(['n', 1], 16), 'x\n', {}, 'is of bfloat16; floats, integers, bool'],
    [
      'an unknown output',
      shaped(['n', 1]),
      '1\n',
      { output: 'z' },
      'The model has no output "z"; it has "y"',
    ],
    ['an argument of another type', shaped(['n', 1]), '1\n', { header: 1 }, '"header" must be true or false'],
    ['an unknown operator', () => identity(['n', 1], FLOAT, 'Foo'), '1\n', {}, 'No Op registered for Foo'],
    ['no model', () => new Uint8Array(), '1\n', {}, 'The model cannot be loaded'],
    ['another file', () => Buffer.from('{"trees":[]}'), '1\n', {}, 'The model cannot be loaded'],
    ['half a model', () => writeModel(regression).subarray(0, 150), '1\n', {}, 'The model cannot be loaded'],
  ])('refuses %s', async (_what, model, data, args, message) => {
    const refused = run(model(), data, args);
    await expect(refused).rejects.toThrow(FunctionError);
    await expect(refused).rejects.toThrow(message);
    expect(await refused.then(() => '', String)).not.toContain('0.5');
  });

  it('shows names and shapes of any length in a short message', async () => {
    const x = 'x'.repeat(10_000);
    const long = (dims: Value['dims']) =>
      writeModel({
        nodes: [{ op: 'Identity', inputs: [x], output: 'y'.repeat(10_000) }],
        inputs: [{ name: x, dims }],
        outputs: [{ name: 'y'.repeat(10_000), dims }],
      });
    const refusals = [
      () => run(long(['n', 2]), '1\n', { columns: 1 }),
      () => run(long(['n', 2]), '1\n', { output: 'z'.repeat(10_000) }),
      () => run(long(Array.from({ length: 500 }, (_, i) => `d${i}`)), '1\n'),
    ];
    for (const refused of refusals) {
      const message = await refused().then(() => '', String);
      expect(message).toContain('model');
      expect(message.length).toBeLessThan(300);
    }
  });

  it('refuses inputs that differ in their rows, or leave more open than the table tells', async () => {
    const two = (...shapes: readonly Value['dims'][]) =>
      writeModel({
        nodes: [{ op: 'Add', inputs: ['x', 'z'], output: 'y' }],
        inputs: shapes.map((dims, i) => ({ name: i === 0 ? 'x' : 'z', dims })),
        outputs: [{ name: 'y', dims: 'inferred' }],
      });
    await expect(run(two([3, 1], [1, 1]), '1,1\n')).rejects.toThrow(
      'have different first sizes ("x" [3, 1], "z" [1, 1])',
    );
    await expect(run(two(['n', 'm'], ['n', 'm']), '1,1\n')).rejects.toThrow(
      '"x" [any, any] and "z" [any, any] open',
    );
    const open = two(['n', 1], ['n', 'm']);
    expect((await run(open, '1,2,3\n', { columns: 3 })).outputs['result_file']).toBe('3.0,4.0\n');
    expect((await run(open, 'x,a,b\n1,2,3\n', { header: true })).outputs['result_file']).toBe('3.0,4.0\n');
  });

  it('refuses a model whose output is no row for a row', async () => {
    const x = { name: 'x', dims: ['n', 1] };
    const sum = writeModel({
      nodes: [{ op: 'ReduceSum', inputs: ['x'], output: 'y', attributes: { keepdims: 1 } }],
      inputs: [x],
      outputs: [{ name: 'y', dims: [1, 1] }],
    });
    await expect(run(sum, '1\n2\n')).rejects.toThrow('for 2 rows has the shape [1, 1]');
  });

  it('refuses data outside of the model file: there are no files', async () => {
    const { message } = await import('./write.ts');
    const entry = message([
      [1, 'location'],
      [2, '/etc/hostname'],
    ]);
    const tensor = message([
      [1, 4],
      [2, FLOAT],
      [8, 'w'],
      [13, entry],
      [14, 1],
    ]);
    const graph = Buffer.from(writeModel(regression));
    // Field 7 of the model is the graph; a second one is merged into it.
    const model = Buffer.concat([graph, message([[7, message([[5, tensor]])]])]);
    await expect(run(model, '1,2,3\n')).rejects.toThrow('its tensor "w" is in another file');
  });

  it('S7: says that whole numbers were rounded, and counts what is missing', async () => {
    const { text, outputs } = await run(identity(['n', 2]), '16777217,0.1\n16777216,nan\n,123456789.5\n');
    expect(outputs['result_file']).toBe('16777216.0,0.1\n16777216.0,NaN\nNaN,123456790.0\n');
    expect(JSON.parse(text)).toMatchObject({
      missing_values: 2,
      warnings: [expect.any(String), expect.stringMatching(/^1 whole numbers were rounded/)],
    });
  });

  it('integers of 64 bits keep every digit, in tables as wide as texts are read', async () => {
    const wide = (columns: number) => identity(['n', columns], INT64);
    const row = (columns: number) => `9007199254740993${',0'.repeat(columns - 1)}\n`;
    expect((await run(wide(3), row(3))).outputs['result_file']).toBe('9007199254740993,0,0\n');
    await expect(run(wide(1), '9223372036854775808\n')).rejects.toThrow(
      'Row 1, column 1: the model wants integers from -9223372036854775808 to 9223372036854775807 (int64)',
    );
    await expect(run(wide(5000), row(5000))).rejects.toThrow(
      'Row 1, column 1: the model wants integers (int64), of at most 2^53 - 1',
    );
    expect((await run(wide(5000), row(5000).replace('993', '991'))).outputs['result_file']).toBe(
      row(5000).replace('993', '991'),
    );
  });

  /** Needs `bytes` for a moment. */
  const hungry = (bytes: number) =>
    writeModel({
      nodes: [
        { op: 'ConstantOfShape', inputs: ['size'], output: 'zeros' },
        { op: 'ReduceSum', inputs: ['zeros'], output: 'zero', attributes: { keepdims: 0 } },
        { op: 'Add', inputs: ['x', 'zero'], output: 'y' },
      ],
      inputs: [{ name: 'x', dims: ['n', 1] }],
      outputs: [{ name: 'y', dims: ['n', 1] }],
      initializers: [{ name: 'size', dims: [1], data: BigInt64Array.of(BigInt(bytes / 4)) }],
    });

  it('bounds the memory of a model that asks for more than its size tells', async () => {
    await expect(run(hungry(MAX_MEMORY), '1\n')).rejects.toThrow('more than the 1024 MiB of memory');
  });

  it("keeps to the task's memory where that is less, and asks for the thread's end", async () => {
    const model_file = hungry(100 << 20);
    const data_file = '1\n';
    const given = async (memoryMiB: number) => {
      let retired = 0;
      const more = { memoryBytes: memoryMiB << 20, retire: () => void retired++ };
      const ran = runFunction(onnxPredict, {}, { model_file, data_file }, { cut: 1000, ...more });
      const text = await ran.then(({ outputs }) => outputs['result_file'], String);
      return { text, retired };
    };
    expect(await given(256)).toEqual({ text: '1.0\n', retired: 1 });
    expect(await given(64)).toMatchObject({
      text: expect.stringContaining('more than the 64 MiB'),
      retired: 1,
    });
  });

  it('leaves nothing of the data in the memory of the instance', async () => {
    const seen: WasmMemory[] = [];
    const { Memory } = wasm;
    class Seen extends Memory {
      constructor(limits: ConstructorParameters<typeof Memory>[0]) {
        super(limits);
        seen.push(this);
      }
    }
    const api: { Memory: typeof Memory } = wasm;
    api.Memory = Seen;
    try {
      await run(identity(['n', 1]), '1234567\n');
      await expect(run(identity(['n', 1], FLOAT, 'Foo'), '1\n')).rejects.toThrow(FunctionError);
    } finally {
      api.Memory = Memory;
    }
    expect(seen.length).toBe(2);
    for (const { buffer } of seen)
      expect(Buffer.from(buffer).equals(Buffer.alloc(buffer.byteLength))).toBe(true);
  });

  it('refuses a model file that is too large before it is held whole', async () => {
    const huge = {
      size: 2 ** 30,
      *chunks() {
        yield new Uint8Array(1);
      },
    };
    const context = { args: {}, input: () => huge, output: () => ({ write() {}, close() {} }), log() {} };
    await expect(async () => onnxPredict.run(context)).rejects.toThrow('larger than 256 MiB');
  });

  it('answers or refuses whatever bytes come as a model', async () => {
    const valid = writeModel(regression);
    const mutation = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(mutation, async (changes) => {
        const model = Uint8Array.from(valid);
        for (const [at, byte] of changes) model[at] = byte;
        await run(model, '1,2,3\n').catch((error: unknown) => expect(error).toBeInstanceOf(FunctionError));
      }),
      { numRuns: runs(40) },
    );
  });
});
