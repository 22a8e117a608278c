import { onnxPredictEntry } from '@gaiwan/catalogue/entries';
import { parquetMetadata } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { openArrow } from '../arrow/open.ts';
import { builtins } from '../builtins.ts';
import type { Meaning } from '../columns/meaning.ts';
import { arrowOf, readArrow } from '../testing/arrow.ts';
import { files as arrowFiles } from '../testing/arrow-files.ts';
import { readParquet } from '../testing/parquet.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { runFunction } from '../testing/run.ts';

type Columns = Parameters<typeof parquetWriteBuffer>[0]['columnData'];

const parquet = (columnData: Columns): Uint8Array => new Uint8Array(parquetWriteBuffer({ columnData }));

const spent = parquet([
  { name: 'id', data: ['ann', 'bob', 'ann', null], type: 'STRING' },
  { name: 'spent', data: [1.5, 3, null, 9], type: 'DOUBLE' },
]);
const ages = 'age,id\n41,ann\n33,cid\n';
const join = (args: object, inputs: Readonly<Record<string, string | Uint8Array>>) =>
  runFunction(
    builtins.get('builtin-join-aggregate'),
    { num_user: 2, key: ['id'], aggregates: ['sum(0.spent)', 'mean(1.age)', 'rows'], ...args },
    inputs,
  );

describe('results in Parquet', () => {
  it('have the types of keys, counts, means and exact sums', async () => {
    const { files } = await join(
      { format: 'parquet', result_format: 'parquet', aggregates: ['sum(0.spent)', 'mean(1.age)', 'rows'] },
      {
        input_data0: parquet([
          { name: 'id', data: [1n, 2n, 1n], type: 'INT64' },
          { name: 'spent', data: ['0.10', '12345678901234567890.2', '0.25'], type: 'STRING' },
        ]),
        input_data1: parquet([
          { name: 'id', data: [1n, 2n, 3n], type: 'INT64' },
          { name: 'age', data: [41, 33, 8], type: 'INT32' },
        ]),
      },
    );
    for (const file of Object.values(files)) {
      expect(await readParquet(file)).toBe(
        'id,sum(0.spent),mean(1.age),rows\n1,0.35,41,3\n2,12345678901234567890.20,33,2\n',
      );
      expect(
        parquetMetadata(file)
          .schema.slice(1)
          .map(({ type, converted_type }) => [type, converted_type]),
      ).toEqual([
        ['INT64', 'INT_64'],
        ['FIXED_LEN_BYTE_ARRAY', 'DECIMAL'],
        ['DOUBLE', undefined],
        ['INT64', 'INT_64'],
      ]);
    }
  });

  it('are as texts where the inputs are, and refused where they have no form', async () => {
    const csv = { input_data0: 'id,spent\n01,2\n', input_data1: 'id,age\n01,3\n' };
    const { files } = await join({ result_format: 'parquet' }, csv);
    expect(await readParquet(files['output_data1'] ?? new Uint8Array(0))).toBe(
      'id,sum(0.spent),mean(1.age),rows\n01,2,3,2\n',
    );
    const long = { ...csv, input_data0: `id,spent\n01,${'9'.repeat(39)}\n` };
    expect((await refusalOf(join({ result_format: 'parquet' }, long))).message).toBe(
      'output_data0: the column "sum(0.spent)" has numbers of more than 38 digits, which decimals in Parquet do not have. Give "result_format": "csv".',
    );
    const split = runFunction(
      builtins.get('builtin-train-test-split'),
      { test_rows: 1, result_format: 'parquet' },
      { input_data: '1\n2\n' },
    );
    expect((await refusalOf(split)).message).toBe(
      'The columns of train have no names, and a Parquet file wants them: give "header": true.',
    );
  });
});

describe('tables in Parquet', () => {
  it('are joined with tables in CSV, and the result says which is which', async () => {
    const { text, outputs } = await join({ format: 'either' }, { input_data0: spent, input_data1: ages });
    expect(outputs['output_data0']).toBe('id,sum(0.spent),mean(1.age),rows\nann,1.5,41,3\n');
    expect(text).toBe(
      [
        '1 row',
        'input_data0: 4 rows, 3 used, 1 with an empty key, 1 without partner',
        'input_data1: 2 rows, 2 used, 1 different without partner',
        'input_data0: read as parquet',
        'input_data1: read as text',
      ].join('\n'),
    );
  });

  const rows = Array.from({ length: 40 }, (_, i) => ({ a: i % 7, b: (i * i) % 11, y: i % 2 }));
  const column = (name: 'a' | 'b' | 'y') => ({
    name,
    data: rows.map((row) => row[name]),
    type: 'INT32' as const,
  });
  const numbers = parquet([column('a'), column('b'), column('y')]);
  const features = parquet([column('b'), column('a')]);
  const csv = `a,b,y\n${rows.map(({ a, b, y }) => `${a},${b},${y}\n`).join('')}`;
  const featuresCsv = `b,a\n${rows.map(({ a, b }) => `${b},${a}\n`).join('')}`;
  const trees = {
    feature_size: 2,
    max_depth: 2,
    iterations: 3,
    shrinkage: 0.5,
    feature_sample_ratio: 1,
    data_sample_ratio: 1,
    min_leaf_size: 1,
    loss: 'binary:logistic',
    training_optimization_level: 2,
  };

  it.each<[string, object, string, string?]>([
    ['builtin-column-statistics', { quantiles: [0.5] }, 'input_data'],
    [
      'builtin-cross-validation',
      { trainer: 'linear-regression', label: 'y', task: 'regression', folds: 2 },
      'input_data',
    ],
    ['builtin-gbdt-train', trees, 'training_data'],
    ['builtin-kmeans', { clusters: 2 }, 'input_data'],
    ['builtin-linear-regression-train', {}, 'training_data'],
    [
      'builtin-logistic-regression-train',
      { alg_alpha: 1, alg_iters: 20, feature_size: 2, l2: 1 },
      'training_data',
    ],
    ['builtin-train-test-split', { test_rows: 9, stratify: 'y' }, 'input_data'],
    [
      'builtin_principal_components_analysis',
      { n: 2, center: true, feature_size: 2, report: true },
      'input_data',
    ],
  ])('give %s what CSV with a header gives it', async (name, args, slot) => {
    const builtin = builtins.get(name);
    const header = name === 'builtin-cross-validation' ? {} : { header: true };
    const wanted = await runFunction(builtin, { ...args, ...header }, { [slot]: csv });
    for (const format of ['parquet', 'either']) {
      const got = await runFunction(builtin, { ...args, format }, { [slot]: numbers });
      expect(got.outputs).toEqual(wanted.outputs);
      expect(JSON.parse(got.text)).toEqual({ ...JSON.parse(wanted.text), formats: { [slot]: 'parquet' } });
    }
  });

  it.each<[string, object, string, string]>([
    ['gbdt', trees, 'trained_model', 'result_file'],
    [
      'logistic-regression',
      { alg_alpha: 1, alg_iters: 20, feature_size: 2, l2: 1 },
      'model_file',
      'result_file',
    ],
    ['linear-regression', {}, 'model_file', 'result_file'],
  ])('are predicted on by name with %s, and measured', async (name, args, model, result) => {
    const trained = await runFunction(
      builtins.get(`builtin-${name}-train`),
      { ...args, format: 'parquet' },
      { training_data: numbers },
    );
    const predict = (given: Readonly<Record<string, unknown>>, data: string | Uint8Array) =>
      runFunction(builtins.get(`builtin-${name}-predict`), given, {
        model_file: trained.outputs[model] ?? '',
        data_file: data,
      });
    const [got, wanted] = [
      await predict({ format: 'parquet' }, features),
      await predict({ header: true }, featuresCsv),
    ];
    expect(got.outputs).toEqual(wanted.outputs);
    expect(JSON.parse(got.text)).toMatchObject({ columns_by: 'name', formats: { data_file: 'parquet' } });
    const measured = await runFunction(
      builtins.get('builtin-model-metrics'),
      { task: 'regression', format: 'either', label: 'y' },
      { labels: numbers, predictions: got.outputs[result] ?? '' },
    );
    expect(JSON.parse(measured.text)).toMatchObject({
      rows: 40,
      formats: { labels: 'parquet', predictions: 'text' },
    });
  });

  it('go into an ONNX model by name', async () => {
    const { example, name } = onnxPredictEntry;
    const data = parquet([
      { name: 'income', data: [0.5, 0], type: 'DOUBLE' },
      { name: 'age', data: [1n, -2n], type: 'INT64' },
    ]);
    const model = example.inputs?.['model_file'] ?? '';
    const args = { features: ['age', 'income'], format: 'parquet' };
    const { text, outputs } = await runFunction(builtins.get(name), args, {
      model_file: model,
      data_file: data,
    });
    expect(outputs).toEqual(example.outputs);
    expect(JSON.parse(text)).toMatchObject({ rows: 2, formats: { data_file: 'parquet' } });
  });

  it('are refused inside of the arguments of a trainer, where cross-validation gives them', async () => {
    const args = {
      trainer: 'linear-regression',
      trainer_arguments: { format: 'parquet' },
      label: 'y',
      task: 'regression',
    };
    const run = runFunction(
      builtins.get('builtin-cross-validation'),
      { ...args, folds: 2 },
      { input_data: csv },
    );
    expect((await refusalOf(run)).message).toContain('has "format", which cross-validation gives');
  });

  it('are lists of items, one a row', async () => {
    const lists = (format: object, ...data: readonly (string | Uint8Array)[]) =>
      runFunction(
        builtins.get('builtin-private-set-intersect'),
        { num_user: 2, ...format },
        { input_data0: data[0] ?? '', input_data1: data[1] ?? '' },
      );
    const names = parquet([
      { name: 'n', data: [1, 2, 3, 4, 5], type: 'INT32' },
      { name: 'who', data: ['\ufeffann', 'b,"o', null, 'cid', ''], type: 'STRING' },
    ]);
    const { text, outputs } = await lists({ format: 'either', column: 'who' }, names, 'cid\nb,"o\ndan\n');
    expect(outputs['output_data0']).toBe('b,"o\ncid\n');
    expect(text).toContain('input_data0: 5 lines, 3 used, 2 blank');
    expect(text).toContain('input_data0: read as parquet');
    for (const [args, message] of [
      [{ format: 'parquet' }, 'input_data0: it has several columns. Give the one of the items as "column".'],
      [{ format: 'parquet', column: 'x' }, 'input_data0: it has no column "x".'],
      [{ format: 'parquet', header: true, column: 'who' }, 'The argument "header" would be ignored'],
    ] as const) {
      expect((await refusalOf(lists(args, names, names))).message).toContain(message);
    }
    const lines = parquet([{ name: 'who', data: ['a\nb'], type: 'STRING' }]);
    expect((await refusalOf(lists({ format: 'parquet' }, lines, lines))).message).toBe(
      'input_data0, row group 1, column "who": it has a text with a line end, which is no item of a list.',
    );
  });

  it.each<[object, string | Uint8Array, string]>([
    [
      {},
      spent,
      'input_data0 is no text: it is a Parquet file. Functions that read tables take Parquet with "format": "parquet".',
    ],
    [
      { format: 'parquet' },
      'id,spent\na,1\n',
      'input_data0 is no Parquet file: it has not the mark PAR1 at both ends. With "format": "either"',
    ],
    [
      { format: 'parquet' },
      Buffer.from('ARROW1\0\0'),
      'input_data0 is no Parquet file: it is an Arrow IPC file',
    ],
    [
      { format: 'either' },
      Buffer.from('ARROW1\0\0'),
      'input_data0: it begins with ARROW1 as an Arrow file, and does not end so',
    ],
    [{}, Buffer.from('Obj\x01\x04\x16avro'), 'it is an Avro file. Convert it to Parquet'],
    [{}, Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]), 'it is compressed with gzip'],
    [{}, Buffer.from('PK\x03\x04 xlsx'), 'it is a ZIP archive or an Excel workbook'],
    [{ format: 'parquet', delimiter: ';' }, spent, 'The argument "delimiter" would be ignored'],
    [{ format: 'parquet', decimal_mark: ',' }, spent, 'The argument "decimal_mark" would be ignored'],
    [{ format: 'either', group_mark: ',' }, spent, 'The argument "group_mark" would be ignored'],
    [
      { format: 'either' },
      spent.subarray(0, -1),
      'input_data0: it begins with PAR1 as a Parquet file, and does not end so',
    ],
    [
      { format: 'either' },
      Buffer.from('PARE, and the rest'),
      'input_data0: its metadata are encrypted. Write the file without encryption',
    ],
    [{ format: 'orc' }, spent, 'must be one of csv, pairs, parquet, arrow, either'],
  ])('are refused, or what is none: %j', async (args, data, message) => {
    const error = await refusalOf(join(args, { input_data0: data, input_data1: ages }));
    expect(error.message).toContain(message);
  });

  it('leave what begins like one a text', async () => {
    const { text } = await join(
      { key: ['PAR1'], aggregates: ['rows'] },
      { input_data0: 'PAR1,x\na,1\n', input_data1: 'PAR1\na\n' },
    );
    expect(text).toMatch(/^1 row\n/);
  });
});

describe('tables in Arrow IPC', () => {
  const typed = (names: Readonly<Record<string, Meaning>>) =>
    Object.entries(names).map(([name, meaning]) => ({ name, meaning }));
  const whole: Meaning = { kind: 'integer', bits: 64, signed: true };
  const spentOf = () =>
    arrowOf(
      typed({ id: { kind: 'text' }, spent: { kind: 'decimal', precision: 9, scale: 2 } }),
      [
        ['ann', '1.50'],
        ['bob', '3.00'],
      ],
      [
        ['ann', ''],
        ['', '9.00'],
      ],
    );
  const agesOf = () =>
    arrowOf(typed({ age: whole, id: { kind: 'text' } }), [
      ['41', 'ann'],
      ['33', 'cid'],
    ]);

  it('are joined with Parquet and text, each by its marks, and give what those give', async () => {
    const spent = await spentOf();
    const wanted = await join(
      {},
      { input_data0: 'id,spent\nann,1.50\nbob,3.00\nann,\n,9.00\n', input_data1: ages },
    );
    for (const [input_data1, format] of [
      [ages, 'text'],
      [
        parquet([
          { name: 'age', data: [41], type: 'INT32' },
          { name: 'id', data: ['ann'], type: 'STRING' },
        ]),
        'parquet',
      ],
      [await agesOf(), 'arrow'],
    ] as const) {
      const { text, outputs } = await join({ format: 'either' }, { input_data0: spent, input_data1 });
      expect(outputs).toEqual(wanted.outputs);
      expect(text).toContain(`\ninput_data0: read as arrow\ninput_data1: read as ${format}`);
    }
  });

  it('give results in Arrow, with the types of keys, counts, means and exact sums', async () => {
    const { files } = await join(
      { format: 'arrow', result_format: 'arrow' },
      { input_data0: await spentOf(), input_data1: await agesOf() },
    );
    for (const file of Object.values(files)) {
      expect(await readArrow(file)).toBe('id,sum(0.spent),mean(1.age),rows\nann,1.50,41,3\n');
      const { columns } = await openArrow({ chunks: () => [file] }, 'file', {
        name: '',
        delimiter: ',',
        list: false,
        column: undefined,
      });
      expect(columns.map(({ meaning }) => meaning)).toEqual([
        { kind: 'text' },
        { kind: 'decimal', precision: 38, scale: 2 },
        { kind: 'double' },
        whole,
      ]);
    }
    const long = { input_data0: `id,spent\n01,${'9'.repeat(39)}\n`, input_data1: 'id,age\n01,3\n' };
    expect((await refusalOf(join({ result_format: 'arrow' }, long))).message).toContain(
      'numbers of more than 38 digits, which decimals in Arrow do not have. Give "result_format": "csv".',
    );
  });

  it('have results in Parquet too, whose shortest unit of time is a millisecond', async () => {
    const times = await arrowOf(typed({ at: { kind: 'timestamp', digits: 0, utc: true }, n: whole }), [
      ['2024-02-29T00:00:00Z', '1'],
      ['2024-03-01T00:00:00Z', '2'],
    ]);
    for (const [format, read] of [
      ['parquet', readParquet],
      ['arrow', readArrow],
    ] as const) {
      const { files } = await runFunction(
        builtins.get('builtin-train-test-split'),
        { test_rows: 1, format: 'arrow', result_format: format },
        { input_data: times },
      );
      const rows = await Promise.all(Object.values(files).map((file) => read(file)));
      expect(rows.sort()).toEqual(['at,n\n2024-02-29T00:00:00Z,1\n', 'at,n\n2024-03-01T00:00:00Z,2\n']);
    }
  });

  it('are lists of items, of the one column that is named', async () => {
    const list = await arrowOf(typed({ n: whole, who: { kind: 'text' } }), [
      ['1', 'ann'],
      ['2', ''],
      ['3', 'b,"o'],
    ]);
    const lists = (args: object, data: Uint8Array) =>
      runFunction(
        builtins.get('builtin-private-set-intersect'),
        { num_user: 2, format: 'arrow', ...args },
        { input_data0: data, input_data1: list },
      );
    expect((await lists({ column: 'who' }, list)).outputs['output_data0']).toBe('ann\nb,"o\n');
    expect((await refusalOf(lists({}, list))).message).toBe(
      'input_data0: it has several columns. Give the one of the items as "column".',
    );
    expect((await refusalOf(lists({ column: 'x' }, list))).message).toBe(
      'input_data0: it has no column "x".',
    );
  });

  it('are streams only where the argument says so', async () => {
    const stream = Buffer.from(arrowFiles.zstd, 'base64');
    const args = { key: ['w'], aggregates: ['sum(0.x)'] };
    const { outputs } = await join(
      { ...args, format: 'arrow' },
      { input_data0: stream, input_data1: stream },
    );
    expect(outputs['output_data0']).toBe('w,sum(0.x)\nred,1.5\nblue,2.5\n');
    const refusal = await refusalOf(
      join({ ...args, format: 'either' }, { input_data0: stream, input_data1: stream }),
    );
    expect(refusal.message).toContain(
      'input_data0 is no text: it is an Arrow IPC stream. Functions that read tables take Arrow IPC with "format": "arrow".',
    );
  });

  it.each<[object, string | Uint8Array, string]>([
    [
      { format: 'arrow' },
      spent,
      'input_data0 is neither an Arrow IPC file nor a stream of one: it is a Parquet file.',
    ],
    [
      { format: 'arrow' },
      'id,spent\na,1\n',
      'it begins neither with the mark ARROW1 nor with that of a message.',
    ],
    [{ format: 'arrow' }, 'id', 'it begins neither with the mark ARROW1 nor with that of a message.'],
    [{ format: 'arrow' }, Buffer.from('FEA1\0\0\0\0'), 'it is a Feather file of version 1.'],
    [
      {},
      Buffer.from('FEA1\0\0\0\0'),
      'a Feather file of version 1. Write it as version 2, which is Arrow IPC.',
    ],
    [
      {},
      Buffer.from('ARROW1\0\0'),
      'it is an Arrow IPC file. Functions that read tables take Arrow IPC with "format"',
    ],
    [{ format: 'arrow', delimiter: ';' }, spent, 'The argument "delimiter" would be ignored'],
    [
      { format: 'arrow', decimal_mark: ',' },
      spent,
      'The argument "decimal_mark" would be ignored: an Arrow file has',
    ],
  ])('are refused, or what is none: %j', async (args, data, message) => {
    const error = await refusalOf(join(args, { input_data0: data, input_data1: ages }));
    expect(error.message).toContain(message);
  });

  it('leave what begins like one a text', async () => {
    const { text } = await join(
      { key: ['ARROW1'], aggregates: ['rows'], format: 'either' },
      { input_data0: 'ARROW1,x\na,1\n', input_data1: 'ARROW1\na\n' },
    );
    expect(text).toMatch(/^1 row\n/);
  });
});
