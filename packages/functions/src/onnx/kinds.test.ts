/** Models as skl2onnx, LightGBM, XGBoost and torch export them, written anew from the definitions of their operators. */
import { describe, expect, it } from 'vitest';
import { builtins } from '../index.ts';
import { runFunction } from '../testing/run.ts';
import { BOOL, DOUBLE, FLOAT, FLOAT16, INT64, STRING } from './element.ts';
import { onnxPredict } from './on-web-assembly.ts';
import { type Graph, type Node, type Value, writeModel } from './write.ts';

const ML = 'ai.onnx.ml';
const domains = { '': 13, [ML]: 3 };

const answer = async (graph: Graph, data_file: string, args: Record<string, unknown> = {}) => {
  const model_file = writeModel({ domains, ...graph });
  const { text, outputs } = await runFunction(onnxPredict, args, { model_file, data_file }, { cut: 5 });
  return { told: JSON.parse(text), csv: outputs['result_file'] as string };
};

const numbers = (csv: string): number[][] =>
  csv
    .trimEnd()
    .split('\n')
    .map((line) => line.split(',').map(Number));

function expectNear(csv: string, expected: readonly (readonly number[])[]): void {
  const found = numbers(csv);
  expect(found.map((row) => row.length)).toEqual(expected.map((row) => row.length));
  const off = found.flatMap((row, i) => row.map((value, j) => Math.abs(value - (expected[i]?.[j] ?? NaN))));
  expect(Math.max(...off)).toBeLessThan(1e-6);
}

const rows = [
  [0.5, -1, 2],
  [3, 0.25, -0.75],
  [-2, 1.5, 0],
  [1, 1, 1],
  [0, -3, 0.125],
];
const csvOf = (table: readonly (readonly (number | string)[])[]) =>
  table.map((row) => `${row.join(',')}\n`).join('');
const table = csvOf(rows);
const three: Value = { name: 'X', dims: ['n', 3] };
const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
const softmax = (z: readonly number[]) => {
  const sum = z.reduce((total, one) => total + Math.exp(one), 0);
  return z.map((one) => Math.exp(one) / sum);
};
const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, one, i) => sum + one * (b[i] ?? 0), 0);

const weights = [1, -1, 0.5];
/** LogisticRegression of two classes: skl2onnx writes a row of weights for each. */
const logistic = (labels: 'words' | 'numbers', mapped: boolean): Graph => {
  const classes =
    labels === 'words'
      ? { classlabels_strings: { strings: ['no', 'yes, "so"'] } }
      : { classlabels_ints: [0, 1] };
  const keys = labels === 'words' ? classes : { classlabels_int64s: [0, 1] };
  const zipMap: Node = {
    op: 'ZipMap',
    domain: ML,
    inputs: ['p'],
    output: 'output_probability',
    attributes: keys,
  };
  return {
    nodes: [
      {
        op: 'LinearClassifier',
        domain: ML,
        inputs: ['X'],
        output: ['label', 'raw'],
        attributes: {
          coefficients: { floats: [...weights.map((w) => -w), ...weights] },
          intercepts: { floats: [0.25, -0.25] },
          multi_class: 0,
          post_transform: 'LOGISTIC',
          ...classes,
        },
      },
      { op: 'Normalizer', domain: ML, inputs: ['raw'], output: 'p', attributes: { norm: 'L1' } },
      ...(mapped ? [zipMap] : []),
    ],
    inputs: [three],
    outputs: [
      { name: 'label', dims: ['n'], type: labels === 'words' ? STRING : INT64 },
      mapped
        ? { name: 'output_probability', dims: [], mapFrom: labels === 'words' ? STRING : INT64 }
        : { name: 'p', dims: ['n', 2] },
    ],
  };
};
const logits = rows.map((row) => dot(row, weights) - 0.25);

describe('E2, M5: a classifier that ends with ZipMap', () => {
  it.each(['words', 'numbers'] as const)('gives a column for each class: %s', async (labels) => {
    const { csv, told } = await answer(logistic(labels, true), table, { output: 'output_probability' });
    expectNear(
      csv,
      logits.map((z) => [1 - sigmoid(z), sigmoid(z)]),
    );
    expect(told).toMatchObject({ rows: 5, columns: 2, type: 'float', other_outputs: ['label'] });
    const plain = await answer(logistic(labels, false), table, { output: 'p' });
    expect(plain.csv).toBe(csv);
  });

  it('names the columns by its classes, and says in its label what it says in their probabilities', async () => {
    const args = { output: 'output_probability', result_header: true };
    const { csv } = await answer(logistic('words', true), table, args);
    expect(csv.slice(0, csv.indexOf('\n'))).toBe('no,"yes, ""so"""');
    const { csv: labels } = await answer(logistic('words', true), table);
    expect(labels).toBe(logits.map((z) => (z > 0 ? '"yes, ""so"""\n' : 'no\n')).join(''));
  });

  it('R6: predictions go on into model-metrics', async () => {
    const args = { output: 'output_probability', result_header: true };
    const { csv: predictions } = await answer(logistic('numbers', true), table, args);
    const labels = logits.map((z) => (z > 0 ? '1\n' : '0\n')).join('');
    const metrics = await runFunction(
      builtins.get('builtin-model-metrics'),
      { task: 'classification', predictions_header: true, prediction: '1' },
      { labels, predictions },
    );
    expect(JSON.parse(metrics.text)).toMatchObject({ rows: 5, auc: 1, accuracy: 1 });
  });
});

/** Two trees: x0 <= 1 ? (x1 <= 0 ? 1 : 2) : 4, and x2 <= 0.5 ? 10 : 20; missing values go to the side `missing` says. */
const nodes = {
  nodes_treeids: [0, 0, 0, 0, 0, 1, 1, 1],
  nodes_nodeids: [0, 1, 2, 3, 4, 0, 1, 2],
  nodes_featureids: [0, 1, 0, 0, 0, 2, 0, 0],
  nodes_values: { floats: [1, 0, 0, 0, 0, 0.5, 0, 0] },
  nodes_modes: {
    strings: ['BRANCH_LEQ', 'BRANCH_LEQ', 'LEAF', 'LEAF', 'LEAF', 'BRANCH_LEQ', 'LEAF', 'LEAF'],
  },
  nodes_truenodeids: [1, 2, 0, 0, 0, 1, 0, 0],
  nodes_falsenodeids: [4, 3, 0, 0, 0, 2, 0, 0],
  nodes_missing_value_tracks_true: [1, 0, 0, 0, 0, 0, 0, 0],
};
const leaves = { treeids: [0, 0, 0, 1, 1], nodeids: [2, 3, 4, 1, 2], values: [1, 2, 4, 10, 20] };
const first = (a: number, b: number) => (a <= 1 || Number.isNaN(a) ? (b <= 0 ? 1 : 2) : 4);
const second = (c: number) => (c <= 0.5 ? 10 : 20);

describe('trees', () => {
  it('R1, M5: LightGBM and XGBoost: sums of leaves, with missing values', async () => {
    const graph: Graph = {
      nodes: [
        {
          op: 'TreeEnsembleRegressor',
          domain: ML,
          inputs: ['X'],
          output: 'variable',
          attributes: {
            ...nodes,
            target_treeids: leaves.treeids,
            target_nodeids: leaves.nodeids,
            target_ids: [0, 0, 0, 0, 0],
            target_weights: { floats: leaves.values },
            base_values: { floats: [0.5] },
            n_targets: 1,
          },
        },
      ],
      inputs: [three],
      outputs: [{ name: 'variable', dims: ['n', 1] }],
    };
    const holes = [...rows, [Number.NaN, 1, 1], [2, Number.NaN, Number.NaN]];
    // As pandas writes them, and as numpy does.
    const { csv, told } = await answer(graph, `${table},1,1\n2,, nan\n`);
    expectNear(
      csv,
      holes.map(([a = 0, b = 0, c = 0]) => [0.5 + first(a, b) + second(c)]),
    );
    expect(told).toMatchObject({ missing_values: 3, rows_at_once: 'any' });
  });

  it('random forests: shares of classes', async () => {
    const graph: Graph = {
      nodes: [
        {
          op: 'TreeEnsembleClassifier',
          domain: ML,
          inputs: ['X'],
          output: ['label', 'p'],
          attributes: {
            ...nodes,
            class_treeids: leaves.treeids,
            class_nodeids: leaves.nodeids,
            class_ids: [0, 1, 2, 0, 2],
            class_weights: { floats: [0.5, 0.5, 0.5, 0.5, 0.5] },
            classlabels_strings: { strings: ['a', 'b', 'c'] },
          },
        },
      ],
      inputs: [three],
      outputs: [
        { name: 'label', dims: ['n'], type: STRING },
        { name: 'p', dims: ['n', 3] },
      ],
    };
    const shares = rows.map(([a = 0, b = 0, c = 0]) => {
      const found = [0, 0, 0];
      for (const at of [{ 1: 0, 2: 1, 4: 2 }[first(a, b)], second(c) === 10 ? 0 : 2])
        found[at] = (found[at] ?? 0) + 0.5;
      return found;
    });
    expectNear((await answer(graph, table, { output: 'p' })).csv, shares);
  });
});

describe('pipelines of scikit-learn', () => {
  it('R1: SimpleImputer, StandardScaler, PCA', async () => {
    const components = [1, 0, 0.5, -1, 0.25, 2];
    const graph: Graph = {
      nodes: [
        {
          op: 'Imputer',
          domain: ML,
          inputs: ['X'],
          output: 'filled',
          attributes: {
            imputed_value_floats: { floats: [1, 2, 3] },
            replaced_value_float: { float: Number.NaN },
          },
        },
        {
          op: 'Scaler',
          domain: ML,
          inputs: ['filled'],
          output: 'scaled',
          attributes: { offset: { floats: [0.5, 0, 1] }, scale: { floats: [2, 1, 0.5] } },
        },
        { op: 'MatMul', inputs: ['scaled', 'components'], output: 'variable' },
      ],
      inputs: [three],
      outputs: [{ name: 'variable', dims: ['n', 2] }],
      initializers: [{ name: 'components', dims: [3, 2], data: Float32Array.from(components) }],
    };
    const filled = [...rows, [1, 2, 3]];
    const expected = filled.map(([a = 0, b = 0, c = 0]) => {
      const scaled = [(a - 0.5) * 2, b, (c - 1) * 0.5];
      return [0, 1].map((j) =>
        dot(
          scaled,
          [0, 1, 2].map((i) => components[2 * i + j] ?? 0),
        ),
      );
    });
    expectNear((await answer(graph, `${table},,\n`)).csv, expected);
  });

  it('k-means: the nearest centre', async () => {
    const centres = [
      [0, 0, 0],
      [2, 1, -1],
    ];
    const graph: Graph = {
      nodes: [
        { op: 'ReduceSumSquare', inputs: ['X'], output: 'squares', attributes: { axes: [1], keepdims: 1 } },
        {
          op: 'Gemm',
          inputs: ['X', 'centres', 'squares'],
          output: 'partly',
          attributes: { transB: 1, alpha: { float: -2 } },
        },
        { op: 'Add', inputs: ['norms', 'partly'], output: 'distances' },
        { op: 'ArgMin', inputs: ['distances'], output: 'label', attributes: { axis: 1, keepdims: 0 } },
      ],
      inputs: [three],
      outputs: [{ name: 'label', dims: ['n'], type: INT64 }],
      initializers: [
        { name: 'centres', dims: [2, 3], data: Float32Array.from(centres.flat()) },
        { name: 'norms', dims: [2], data: Float32Array.of(0, 6) },
      ],
    };
    const { csv, told } = await answer(graph, table);
    const distance = (row: readonly number[], to: readonly number[]) =>
      row.reduce((sum, one, i) => sum + (one - (to[i] ?? 0)) ** 2, 0);
    const [a = [], b = []] = centres;
    expectNear(
      csv,
      rows.map((row) => [distance(row, a) <= distance(row, b) ? 0 : 1]),
    );
    expect(told.rows_at_once).toBe('any');
  });

  it('classes that are looked up in a list of one row (perceptron, naive Bayes)', async () => {
    const graph: Graph = {
      nodes: [
        { op: 'ArgMax', inputs: ['X'], output: 'at', attributes: { axis: 1 } },
        { op: 'ArrayFeatureExtractor', domain: ML, inputs: ['classes', 'at'], output: 'line' },
        { op: 'Cast', inputs: ['line'], output: 'cast', attributes: { to: INT64 } },
        { op: 'Reshape', inputs: ['cast', 'shape'], output: 'label' },
      ],
      inputs: [three],
      outputs: [{ name: 'label', dims: ['n'], type: INT64 }],
      initializers: [
        { name: 'classes', dims: [3], data: Int32Array.of(7, 8, 9) },
        { name: 'shape', dims: [1], data: BigInt64Array.of(-1n) },
      ],
    };
    const { csv, told } = await answer(graph, table);
    expectNear(
      csv,
      rows.map((row) => [7 + row.indexOf(Math.max(...row))]),
    );
    expect(told.rows_at_once).toBe('any');
  });

  it('Ridge with doubles: no digit is lost on the way', async () => {
    const graph: Graph = {
      nodes: [{ op: 'MatMul', inputs: ['X', 'w'], output: 'y' }],
      inputs: [{ ...three, type: DOUBLE }],
      outputs: [{ name: 'y', dims: ['n', 1], type: DOUBLE }],
      initializers: [{ name: 'w', dims: [3, 1], data: Float64Array.of(1, 0, 0) }],
    };
    expect((await answer(graph, '123456789.01234567,0,0\n')).csv).toBe('123456789.01234567\n');
  });
});

/** ColumnTransformer: a number, a float and two words, one input for each column. */
const mixed: Graph = {
  nodes: [
    { op: 'Cast', inputs: ['age'], output: 'age_float', attributes: { to: FLOAT } },
    ...['sex', 'city'].map(
      (name): Node => ({
        op: 'OneHotEncoder',
        domain: ML,
        inputs: [name],
        output: `${name}_out`,
        attributes: {
          cats_strings: { strings: name === 'sex' ? ['f', 'm'] : ['Bern', 'Zürich', ' Chur'] },
          zeros: 1,
        },
      }),
    ),
    { op: 'Concat', inputs: ['sex_out', 'city_out'], output: 'words', attributes: { axis: 2 } },
    { op: 'Reshape', inputs: ['words', 'shape'], output: 'flat' },
    { op: 'Concat', inputs: ['age_float', 'income', 'flat'], output: 'y', attributes: { axis: 1 } },
  ],
  inputs: [
    { name: 'age', dims: ['n', 1], type: INT64 },
    { name: 'income', dims: ['n', 1] },
    { name: 'sex', dims: ['n', 1], type: STRING },
    { name: 'city', dims: ['n', 1], type: STRING },
  ],
  outputs: [{ name: 'y', dims: ['n', 7] }],
  initializers: [{ name: 'shape', dims: [2], data: BigInt64Array.of(-1n, 5n) }],
};

describe('R5, S2, M5: several inputs of different types', () => {
  const expected =
    '31.0,0.5,0.0,1.0,0.0,1.0,0.0\n40.0,-2.0,1.0,0.0,0.0,0.0,0.0\n52.0,NaN,0.0,0.0,0.0,0.0,1.0\n';

  it('finds columns by the names of the inputs, in any order', async () => {
    const data = 'city,income,id,sex,age\nZürich,0.5,1,m,31\n"Ba""sel",-2,2,f,+40\n Chur,,3,,52.0\n';
    const { csv, told } = await answer(mixed, data, { header: true, extra_columns: 'ignore' });
    expect(csv).toBe(expected);
    expect(told).toEqual({
      rows: 3,
      columns: 7,
      output: 'y',
      type: 'float',
      columns_by: 'name',
      reordered: true,
      ignored_columns: 1,
      rows_at_once: 'any',
      missing_values: 2,
      warnings: ['1 texts begin or end with blanks, and went into the model with them.'],
    });
  });

  it('takes them in order without a header, and says so', async () => {
    const { csv, told } = await answer(mixed, '31,0.5,m,Zürich\n40,-2,f,Basel\n52,,, Chur\n\n');
    expect(csv).toBe(expected);
    expect(told.columns_by).toBe('position');
    expect(told.warnings[0]).toContain('by their position');
  });

  it.each([
    ['a column that is not there', 'age,income,sex\n', 'lack columns that the model was trained on: "city"'],
    ['a column too many', 'age,income,sex,city,id\n', 'was not trained on: "id"'],
    ['a name twice', 'age,age,income,sex,city\n', 'the name "age" twice'],
    [
      'a fraction',
      'age,income,sex,city\n1,1,f,Bern\n1.5,1,f,Bern\n',
      'Row 2, column 1: the model wants integers (int64)',
    ],
    ['a gap in integers', 'age,income,sex,city\n,1,f,Bern\n', 'Row 1, column 1: a value is missing'],
    ['a word for a number', 'city,sex,income,age\nBern,f,much,1\n', 'Row 1, column 3: invalid float literal'],
    ['an infinity', 'city,sex,income,age\nBern,f,inf,1\n', 'Row 1, column 3: a finite number is wanted'],
    [
      'a row that is short',
      'age,income,sex,city\n1,1,f\n',
      'Row 1: Data format error: column len = 3, expected = 4',
    ],
    ['a blank line', 'age,income,sex,city\n\n1,1,f,Bern\n', 'Row 1: Empty line'],
    ['a NUL', 'age,income,sex,city\n1,1,f\0,Bern\n', 'Line 2 of the table has a NUL'],
    ['an open quote', 'age,income,sex,city\n1,1,"f,Bern\n', 'Row 1: column 3 has a quote that is not closed'],
  ])('refuses %s', async (_what, data, message) => {
    await expect(answer(mixed, data, { header: true })).rejects.toThrow(message);
  });

  it('fills blocks by "features", or in order beside the columns that have names', async () => {
    const graph: Graph = {
      nodes: [{ op: 'Concat', inputs: ['numbers', 'age'], output: 'y', attributes: { axis: 1 } }],
      inputs: [
        { name: 'numbers', dims: ['n', 2] },
        { name: 'age', dims: ['n', 1] },
      ],
      outputs: [{ name: 'y', dims: ['n', 3] }],
    };
    const data = 'b,age,a\n1,2,3\n';
    const inOrder = await answer(graph, data, { header: true });
    expect([inOrder.csv, inOrder.told.columns_by]).toEqual(['1.0,3.0,2.0\n', 'name and position']);
    const named = await answer(graph, data, { header: true, features: ['a', 'b', 'age'] });
    expect([named.csv, named.told.columns_by]).toEqual(['3.0,1.0,2.0\n', 'name']);
    expect(named.told.warnings).toBeUndefined();
    await expect(answer(graph, data, { header: true, features: ['a', 'b'] })).rejects.toThrow(
      'has 2 names, and 3 columns',
    );
    await expect(answer(graph, 'b,years,a\n1,2,3\n', { header: true })).rejects.toThrow('trained on: "age"');
    await expect(
      answer(graph, 'b,a,age,c\n1,2,3,4\n', { header: true, extra_columns: 'ignore' }),
    ).rejects.toThrow('"features"');
  });
});

describe('text', () => {
  it('E3: counts words (TfidfVectorizer)', async () => {
    const graph: Graph = {
      nodes: [
        {
          op: 'TfIdfVectorizer',
          inputs: ['words'],
          output: 'y',
          attributes: {
            mode: 'TF',
            min_gram_length: 1,
            max_gram_length: 1,
            max_skip_count: 0,
            ngram_counts: [0],
            ngram_indexes: [0, 1],
            pool_strings: { strings: ['bank', 'Zürich, "CH"'] },
          },
        },
      ],
      inputs: [{ name: 'words', dims: ['n', 3], type: STRING }],
      outputs: [{ name: 'y', dims: ['n', 2] }],
    };
    const { csv } = await answer(graph, 'bank,bank,x\n"Zürich, ""CH""",x,y\n');
    expect(csv).toBe('2.0,0.0\n0.0,1.0\n');
  });

  it('maps words to words (LabelEncoder)', async () => {
    const graph: Graph = {
      nodes: [
        {
          op: 'LabelEncoder',
          domain: ML,
          inputs: ['x'],
          output: 'y',
          attributes: {
            keys_strings: { strings: ['a', 'b'] },
            values_strings: { strings: ['', 'é\u{1f600}'] },
            default_string: 'none, "x"',
          },
        },
      ],
      inputs: [{ name: 'x', dims: ['n', 2], type: STRING }],
      outputs: [{ name: 'y', dims: ['n', 2], type: STRING }],
    };
    expect((await answer(graph, 'a,b\nc,a\nb,b\n')).csv).toBe(
      ',é\u{1f600}\n"none, ""x""",\né\u{1f600},é\u{1f600}\n',
    );
  });
});

describe('networks of torch', () => {
  it('a perceptron', async () => {
    const hidden = [0.5, -1, 0.25, 1, 0.5, -0.5];
    const graph: Graph = {
      nodes: [
        { op: 'Gemm', inputs: ['X', 'w', 'b'], output: 'h', attributes: { transB: 1 } },
        { op: 'Relu', inputs: ['h'], output: 'r' },
        { op: 'Softmax', inputs: ['r'], output: 'y' },
      ],
      inputs: [three],
      outputs: [{ name: 'y', dims: ['n', 2] }],
      initializers: [
        { name: 'w', dims: [2, 3], data: Float32Array.from(hidden) },
        { name: 'b', dims: [2], data: Float32Array.of(0.125, -0.25) },
      ],
    };
    const { csv } = await answer(graph, table);
    const relu = (row: readonly number[], at: number, bias: number) =>
      Math.max(0, dot(row, hidden.slice(at, at + 3)) + bias);
    expectNear(
      csv,
      rows.map((row) => softmax([relu(row, 0, 0.125), relu(row, 3, -0.25)])),
    );
  });

  const pictures = (height: number | string, width: number | string): Graph => ({
    nodes: [
      { op: 'Conv', inputs: ['x', 'w'], output: 'c', attributes: { pads: [1, 1, 1, 1] } },
      { op: 'GlobalMaxPool', inputs: ['c'], output: 'p' },
      { op: 'Flatten', inputs: ['p'], output: 'y' },
    ],
    inputs: [{ name: 'x', dims: ['n', 1, height, width] }],
    outputs: [{ name: 'y', dims: ['n', 1] }],
    initializers: [{ name: 'w', dims: [1, 1, 3, 3], data: new Float32Array(9).fill(1) }],
  });

  it('R5: pictures by their size', async () => {
    // The largest sum of a pixel and its neighbours depends on where the lines end.
    const data = '1,2,3,4,5,6\n0,0,0,0,0,9\n';
    const args = (row_shape: string) => ({ row_shape });
    expect((await answer(pictures('height', 'width'), data, args('1x2x3'))).csv).toBe('21.0\n9.0\n');
    expect((await answer(pictures('height', 'width'), data, args('1x3x2'))).csv).toBe('21.0\n9.0\n');
    expect((await answer(pictures('height', 'width'), data, args('1x6x1'))).csv).toBe('15.0\n9.0\n');
    expect((await answer(pictures(6, 1), data)).csv).toBe('15.0\n9.0\n');
    const refused = (graph: Graph, given: Record<string, unknown>) =>
      expect(answer(graph, data, given)).rejects;
    await refused(pictures('height', 'width'), {}).toThrow('"row_shape", such as "3x48x320"');
    await refused(pictures('height', 3), args('1x3x2')).toThrow('has the shape [any, 1, any, 3]');
    await refused(pictures(2, 3), args('1x2x3')).toThrow('would be ignored');
    await refused(pictures('height', 'width'), args('1 x 2')).toThrow('must be sizes with an x between them');
    await refused(pictures('height', 'width'), args('1x9999999x9999999')).toThrow(
      'numbers can go in at once',
    );
  });

  it('embeddings of integers', async () => {
    const graph: Graph = {
      nodes: [
        { op: 'Gather', inputs: ['table', 'x'], output: 'vectors' },
        { op: 'ReduceMean', inputs: ['vectors'], output: 'y', attributes: { axes: [1], keepdims: 0 } },
      ],
      inputs: [{ name: 'x', dims: ['n', 2], type: INT64 }],
      outputs: [{ name: 'y', dims: ['n', 2] }],
      initializers: [{ name: 'table', dims: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
    };
    const { csv, told } = await answer(graph, '0,2\n1,1\n');
    expect([csv, told.rows_at_once]).toEqual(['3.0,4.0\n3.0,4.0\n', 'any']);
  });

  it('R5: float16, bool, and an input of one axis', async () => {
    const graph = (type: number, op: string, dims: Value['dims'] = ['n', 2]): Graph => ({
      nodes: [{ op, inputs: ['x'], output: 'y' }],
      inputs: [{ name: 'x', dims, type }],
      outputs: [{ name: 'y', dims, type }],
    });
    expect((await answer(graph(FLOAT16, 'Neg'), '0.1,nan\n-65504,2049\n')).csv).toBe(
      '-0.099975586,NaN\n65504.0,-2048.0\n',
    );
    await expect(answer(graph(FLOAT16, 'Neg'), '1,65520\n')).rejects.toThrow(
      'Row 1, column 2: the number is too large',
    );
    expect((await answer(graph(BOOL, 'Not'), 'True,false\n1,0\n')).csv).toBe('0,1\n0,1\n');
    await expect(answer(graph(BOOL, 'Not'), '1,yes\n')).rejects.toThrow(
      'Row 1, column 2: the model wants true or false',
    );
    await expect(answer(graph(BOOL, 'Not'), '1,\n')).rejects.toThrow(
      'Row 1, column 2: the model wants true or false',
    );
    expect((await answer(graph(FLOAT, 'Neg', ['n']), '1\n2\n')).csv).toBe('-1.0\n-2.0\n');
  });
});
