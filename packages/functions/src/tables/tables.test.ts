/** Models and the tables that they are trained on and predict for. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtins, FunctionError } from '../index.ts';
import { runFunction } from '../testing/run.ts';
import { runs } from '../testing/runs.ts';

const run = (name: string, args: Record<string, unknown>, inputs: Record<string, string>) =>
  runFunction(builtins.get(name), args, inputs, { cut: 999 });

interface Family {
  readonly train: string;
  readonly predict: string;
  readonly model: string;
  readonly args: Record<string, unknown>;
}

const trees: Family = {
  train: 'builtin-gbdt-train',
  predict: 'builtin-gbdt-predict',
  model: 'trained_model',
  args: {
    max_depth: 3,
    iterations: 10,
    shrinkage: 0.3,
    feature_sample_ratio: 1,
    data_sample_ratio: 1,
    min_leaf_size: 1,
    loss: 'binary:logistic',
    training_optimization_level: 2,
  },
};
const logistic: Family = {
  train: 'builtin-logistic-regression-train',
  predict: 'builtin-logistic-regression-predict',
  model: 'model_file',
  args: { alg_alpha: 0.3, alg_iters: 50, l2: 1 },
};
const linear: Family = {
  train: 'builtin-linear-regression-train',
  predict: 'builtin-linear-regression-predict',
  model: 'model_file',
  args: { l2: 1 },
};
const families = [
  ['trees', trees],
  ['logistic regression', logistic],
  ['linear regression', linear],
] as const;

const train = async ({ train: name, model, args }: Family, more: Record<string, unknown>, data: string) => {
  const ran = await run(name, { ...args, ...more }, { training_data: data });
  return { model: ran.outputs[model] as string, told: ran.text };
};
const predict = async (
  { predict: name }: Family,
  args: Record<string, unknown>,
  model: string,
  data: string,
) => {
  const ran = await run(name, args, { model_file: model, data_file: data });
  return { values: ran.outputs['result_file'] as string, told: ran.text };
};

const table = Array.from({ length: 60 }, (_, i) => {
  const [a, b, c] = [(i * 37) % 61, ((i * 17) % 23) / 4, (i * 7) % 11];
  return { a, 'b, "c"': b, d: c, y: a + 4 * b > 45 ? 1 : 0 };
});
type Name = keyof (typeof table)[number];
const names: readonly Name[] = ['a', 'b, "c"', 'd'];
const quoted = (name: string) => (/[",]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);
const csvOf = (columns: readonly Name[], header = true): string =>
  [
    ...(header ? [columns.map(quoted).join(',')] : []),
    ...table.map((row) => columns.map((name) => row[name]).join(',')),
  ].join('\n');

describe.each(families)('S2: %s', (_name, family) => {
  const withHeader = () => train(family, { feature_size: 3, header: true }, csvOf([...names, 'y']));

  it('find columns by their names, whatever their order', async () => {
    const { model } = await withHeader();
    const straight = await predict(family, { header: true }, model, csvOf(names));
    expect(JSON.parse(straight.told)).toMatchObject({ rows: 60, columns_by: 'name', missing_values: 0 });
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...names], { minLength: 3 }), async (order) => {
        const { values, told } = await predict(family, { header: true }, model, csvOf(order));
        expect(values).toBe(straight.values);
        expect(JSON.parse(told).reordered ?? false).toBe(order.join() !== names.join());
      }),
      { numRuns: runs(12) },
    );
  });

  it('refuse columns that are missing or too many, by name', async () => {
    const { model } = await withHeader();
    const given = (columns: readonly Name[], args = {}) =>
      predict(family, { header: true, ...args }, model, csvOf(columns));
    await expect(given(['a', 'd'])).rejects.toThrow(
      'lack columns that the model was trained on: "b, \\"c\\"".',
    );
    await expect(given(['y', ...names])).rejects.toThrow('was not trained on: "y". Leave them out');
    const ignored = await given(['y', ...names], { extra_columns: 'ignore' });
    expect(ignored.values).toBe((await given(names)).values);
    expect(JSON.parse(ignored.told)).toMatchObject({ ignored_columns: 1 });
  });

  it('take what is ignored for no number', async () => {
    const { model } = await withHeader();
    const ids = csvOf(names).split('\n');
    const data = ids.map((line, i) => `${i === 0 ? 'id' : `"n ""${i}"","`},${line}`).join('\n');
    const args = { header: true, extra_columns: 'ignore' };
    const plain = await predict(family, { header: true }, model, csvOf(names));
    expect((await predict(family, args, model, data)).values).toBe(plain.values);
    await expect(predict(family, { header: true }, model, data)).rejects.toThrow(FunctionError);
  });

  it('say so where they have to go by position', async () => {
    const { model } = await withHeader();
    const { told } = await predict(family, {}, model, csvOf(names, false));
    expect(JSON.parse(told)).toMatchObject({
      columns_by: 'position',
      warnings: [expect.stringContaining('give "header"')],
    });
    for (const columns of [
      ['a', 'd'],
      [...names, 'y'],
    ] as Name[][]) {
      await expect(predict(family, {}, model, csvOf(columns, false))).rejects.toThrow('expected = 3');
    }
    const nameless = await train(family, { feature_size: 3, header: false }, csvOf([...names, 'y'], false));
    await expect(
      predict(family, { header: true, extra_columns: 'ignore' }, nameless.model, csvOf(names)),
    ).rejects.toThrow('goes by names');
  });

  it('keep the label apart, wherever it stands', async () => {
    const last = await withHeader();
    const first = await train(family, { feature_size: 3, header: true, label: 'y' }, csvOf(['y', ...names]));
    const data = csvOf(names);
    expect((await predict(family, { header: true }, first.model, data)).values).toBe(
      (await predict(family, { header: true }, last.model, data)).values,
    );
    expect(JSON.parse(first.model).table).toMatchObject({ format: 1, label: 'y', columns: 'a,"b, ""c""",d' });
  });

  it.each<[string, (table: Record<string, unknown>) => unknown, string]>([
    ['of a newer format', (kept) => ({ ...kept, format: 2 }), 'has the format "2", and this version reads 1'],
    ['no object', () => 3, '`table` must be an object'],
    ['fewer names', (kept) => ({ ...kept, columns: 'a,b' }), 'has 2 names, and the model 3 features'],
    ['equal names', (kept) => ({ ...kept, columns: 'a,b,a' }), 'has a name twice'],
    ['no record', (kept) => ({ ...kept, columns: 'a,"b,c' }), 'must be a CSV record'],
    ['other features', (kept) => ({ ...kept, missing: [7] }), '`missing` must be'],
    ['too little to fill in', (kept) => ({ ...kept, fill: [1] }), '`fill` must have'],
    ['categories without columns', (kept) => ({ ...kept, categories: ['k,v,w'] }), 'do not fit together'],
    ['no method', ({ format, missing }) => ({ format, missing }), 'missing field `method`'],
  ])('a kept table that is %s is refused', async (_what, change, message) => {
    const { model } = await withHeader();
    const parsed = JSON.parse(model);
    const changed = JSON.stringify({ ...parsed, table: change(parsed.table) });
    await expect(predict(family, { header: true }, changed, csvOf(names))).rejects.toThrow(message);
  });
});

describe('missing values', () => {
  const args = { feature_size: 1, header: true };
  // Who says nothing has a 1.
  const rows = [
    'x,y',
    ...Array.from({ length: 40 }, (_, i) => (i % 4 === 0 ? ',1' : `${i % 7},${i % 2 ? 1 : 0}`)),
  ];

  it('S3, R1: trees learn where they go', async () => {
    const { model, told } = await train(trees, { ...args, iterations: 40 }, rows.join('\n'));
    expect(JSON.parse(told)).toMatchObject({ rows: 40, columns_with_missing_values: 1 });
    for (const gap of ['nan', 'NaN', '""', '" "']) {
      const { values, told: say } = await predict(trees, { header: true }, model, `x\n${gap}\n3\n`);
      const [missing = 0, three = 0] = values.split('\n').map(Number);
      expect(missing).toBeGreaterThan(0.9);
      expect(three).toBeLessThan(0.7);
      expect(JSON.parse(say)).toEqual({ rows: 2, columns_by: 'name', missing_values: 1 });
    }
    await expect(predict(trees, { header: true }, model, 'x\n1\ninf\n')).rejects.toThrow('finite');
  });

  it('are told where training had none', async () => {
    const { model } = await train(trees, args, rows.filter((row) => !row.startsWith(',')).join('\n'));
    const { told } = await predict(trees, { header: true }, model, 'x\nnan\nnan\n1\n');
    expect(JSON.parse(told)).toMatchObject({
      missing_values: 2,
      warnings: ['Rows that lack a value in columns that had none missing in training: 2.'],
    });
  });

  it('S3, R1: logistic regression refuses them, or fills in the mean, at prediction as well', async () => {
    const data = 'x,z,y\n1,5,0\n2,,1\n,5,1\n3,8,0\n';
    const two = { feature_size: 2, header: true };
    await expect(train(logistic, two, data)).rejects.toThrow(
      'Row 2, column 2: cannot parse float from empty',
    );
    const { model, told } = await train(logistic, { ...two, missing: 'mean' }, data);
    expect(JSON.parse(told)).toMatchObject({ filled_in: 2, converged: true });
    expect(JSON.parse(model).table.fill).toEqual([2, 6]);
    const filled = await train(logistic, two, 'x,z,y\n1,5,0\n2,6,1\n2,5,1\n3,8,0\n');
    expect(JSON.parse(model).parameters).toEqual(JSON.parse(filled.model).parameters);
    const gaps = await predict(logistic, { header: true }, model, 'z,x\n,\n6,2\n');
    const [first, second] = gaps.values.split('\n');
    expect(first).toBe(second);
    // Both columns had missing values in training, too: nothing to warn of.
    expect(JSON.parse(gaps.told)).toEqual({
      rows: 2,
      columns_by: 'name',
      reordered: true,
      missing_values: 2,
    });
    for (const cell of ['', 'nan', 'inf']) {
      const { model: strict } = filled;
      await expect(predict(logistic, { header: true }, strict, `x,z\n1,${cell}\n`)).rejects.toThrow(
        'Row 1, column 2',
      );
    }
    await expect(train(logistic, { ...two, missing: 'mean' }, 'x,z,y\n,1,0\n,2,1\n')).rejects.toThrow(
      'Column "x" has no mean to fill in',
    );
  });
});

describe('categories', () => {
  const colors = ['red', 'blue, dark', 'green', ''];
  const data = [
    'color,x,y',
    ...Array.from({ length: 80 }, (_, i) => {
      const color = colors[i % 4] ?? '';
      return `${quoted(color)},${(i * 7) % 13},${color === 'green' || color === '' ? 1 : 0}`;
    }),
  ].join('\n');
  const args = { feature_size: 2, header: true, label: 'y', categories: ['color'], iterations: 40 };

  it('are features of trees, a word each, and an empty cell is missing', async () => {
    const { model, told } = await train(trees, { ...args, importance: true }, data);
    const { features, importance } = JSON.parse(told);
    expect(features).toBe(4);
    expect(importance.map(({ name }: { name: string }) => name)).toEqual([
      'color=red',
      'x',
      'color=blue, dark',
      'color=green',
    ]);
    expect(JSON.parse(model).table.categories).toEqual(['color,red,"blue, dark",green']);
    const asked = 'x,color\n5,red\n5,green\n5,\n5," blue, dark"\n5,purple\n';
    const { values, told: say } = await predict(trees, { header: true }, model, asked);
    const rounded = values
      .trim()
      .split('\n')
      .map((value) => Math.round(Number(value)));
    expect(rounded.slice(0, 4)).toEqual([0, 1, 1, 0]);
    expect(JSON.parse(say).warnings).toEqual([
      'Words that were not there in training, and count as missing: 1.',
    ]);
  });

  it('of one column: blank lines at the end are no rows, empty cells are', async () => {
    const one = { ...args, feature_size: 1 };
    for (const words of [['red'], ['red', 'blue']]) {
      const rows = Array.from({ length: 12 }, (_, i) => `${words[i % words.length]},${i % 2}`);
      const { model } = await train(trees, one, ['color,y', ...rows, ',0', ',1'].join('\n'));
      const asked = await predict(trees, { header: true }, model, 'color\nred\n""\nred\n');
      expect(JSON.parse(asked.told).rows).toBe(3);
      const blank = await predict(trees, { header: true }, model, 'color\nred\n""\nred\n\n\n');
      expect(blank).toEqual(asked);
      await expect(predict(trees, { header: true }, model, 'color\nred\n\nred\n')).rejects.toThrow(
        'Row 2: Empty line',
      );
    }
  });

  it('are found again where columns stand in another order', async () => {
    const { model } = await train(trees, args, data);
    const one = await predict(trees, { header: true }, model, 'color,x\nred,5\ngreen,2\n');
    const other = await predict(trees, { header: true }, model, 'x,color\n5,red\n2,green\n');
    expect(other.values).toBe(one.values);
    await expect(predict(trees, {}, model, 'red,5\n')).rejects.toThrow('give "header"');
    await expect(predict(trees, { header: true }, model, 'x\n5\n')).rejects.toThrow(
      'No column of the header has the name "color".',
    );
  });

  it('refuse a row with as many fields as there are features, at prediction', async () => {
    const { model } = await train(trees, args, data);
    // Each of the three words is a feature.
    await expect(predict(trees, { header: true }, model, 'color,x\nred,5\n1,1,1,1\n')).rejects.toThrow(
      'Row 2: Data format error: column len = 4, expected = 2',
    );
  });

  it.each<[string, string, Record<string, unknown>]>([
    ['No column of the header has the name "town".', data, { categories: ['town'] }],
    ['Column "color" has no values.', 'color,x,y\n,1,0\n,2,1\n', {}],
    ['has a name twice', data, { categories: ['color', 'color'] }],
    [
      'Column "color" has more than 256 different words',
      `color,x,y\n${Array.from({ length: 300 }, (_, i) => `w${i},1,${i % 2}\n`).join('')}`,
      {},
    ],
    ['Row 2: column 1 has text after its closing quote.', 'color,x,y\nred,1,0\n"a"b,1,1\n', {}],
    ['Row 2: Data format error: column len = 2', 'color,x,y\nred,1,0\nblue,1\n', {}],
    ['Row 2, column 2: invalid float literal', 'color,x,y\nred,1,0\nblue,z,1\n', {}],
  ])('%s', async (message, text, more) => {
    await expect(train(trees, { ...args, ...more }, text)).rejects.toThrow(message);
  });
});

describe('predictions chain into metrics', () => {
  it.each(families)('of %s', async (_name, family) => {
    const { model } = await train(family, { feature_size: 3, header: true }, csvOf([...names, 'y']));
    const { values } = await predict(family, { header: true }, model, csvOf(names));
    const { text } = await run(
      'builtin-model-metrics',
      { task: 'classification', header: true, label: 'y' },
      { labels: csvOf(['y', ...names]), predictions: values },
    );
    const told = JSON.parse(text);
    expect(told.rows).toBe(60);
    expect(told.auc).toBeGreaterThan(0.95);
  });

  it('R6: predictions of several columns, with or without a header', async () => {
    const ask = (args: Record<string, unknown>, predictions: string) =>
      run('builtin-model-metrics', { task: 'classification', ...args }, { labels: '0\n1\n', predictions });
    const wanted = (await ask({}, '0.2\n0.9\n')).text;
    expect((await ask({ prediction_columns: 2 }, '0.8,0.2\n0.1,0.9\n')).text).toBe(wanted);
    expect((await ask({ predictions_header: true }, 'p0,p1\n0.8,0.2\n0.1,0.9\n')).text).toBe(wanted);
    const named = { predictions_header: true, prediction: 'p1' };
    expect((await ask(named, 'p1,p0\n0.2,0.8\n0.9,0.1\n')).text).toBe(wanted);
    await expect(ask({ prediction: 'p1' }, '0.2\n0.9\n')).rejects.toThrow('"prediction" names a column');
    await expect(ask(named, 'a\n0.2\n0.9\n')).rejects.toThrow(
      'names "p1", which no column of the header has',
    );
    await expect(ask({ task: 'regression', threshold: 1 }, '0\n1\n')).rejects.toThrow(
      '"threshold" would be ignored',
    );
    await expect(ask({ treshold: 1 }, '0\n1\n')).rejects.toThrow('There is no argument "treshold"');
  });
});

describe('S6: logistic regression', () => {
  const rows = Array.from({ length: 40 }, (_, i) => `${i % 7},${i % 5},${(i * i) % 3 === 0 ? 1 : 0}`).join(
    '\n',
  );
  const own = { alg_alpha: 0.3, alg_iters: 50, feature_size: 2 };
  const ask = (args: Record<string, unknown>, data = rows) =>
    run('builtin-logistic-regression-train', { ...own, ...args }, { training_data: data });

  it("with Teaclave's arguments alone is Teaclave's; the log tells that it has not arrived", async () => {
    const far = rows.replaceAll(/^(\d)/gm, '$1000');
    const { text, log, outputs } = await ask({}, far);
    expect(text).toBe('Trained 40 lines of data.');
    expect(Object.keys(JSON.parse(outputs['model_file'] as string))).toEqual([
      'alpha',
      'iters',
      'parameters',
    ]);
    expect(log.join(' ')).toContain('Not converged');
    expect(log.join(' ')).toContain('scale the columns');
    const told = JSON.parse((await ask({ solver: 'gradient-descent' }, far)).text);
    expect(told).toMatchObject({ solver: 'gradient-descent', converged: false });
    expect(told.warnings[0]).toContain('The descent has not arrived');
  });

  it('with others goes to the optimum, and says where it has not', async () => {
    expect(JSON.parse((await ask({ header: false })).text)).toMatchObject({
      solver: 'newton',
      converged: true,
    });
    for (const alg_iters of [0, 1]) {
      const told = JSON.parse((await ask({ solver: 'newton', alg_iters })).text);
      expect(told.converged).toBe(false);
      expect(told.warnings[0]).toContain('The tolerance was not reached');
    }
  });

  it('says that there is no optimum where the columns tell the labels apart', async () => {
    const apart = '0,1,0\n1,0,0\n5,1,1\n6,0,1\n';
    const told = JSON.parse((await ask({ solver: 'newton' }, apart)).text);
    expect(told.converged).toBe(false);
    expect(told.warnings[0]).toContain('tell the labels apart without a mistake');
    expect(JSON.parse((await ask({ solver: 'newton', l2: 1 }, apart)).text).converged).toBe(true);
  });

  it.each<[Record<string, unknown>, string]>([
    [{ solver: 'gradient-descent', l2: 1 }, 'The argument "l2" would be ignored'],
    [{ solver: 'gradient-descent', tolerance: 1 }, 'The argument "tolerance" would be ignored'],
    [{ l2: 1, penalty: 1 }, 'There is no argument "penalty"'],
    [{ tolerence: 1 }, 'There is no argument "tolerence"'],
  ])('refuses %j', async (args, message) => {
    await expect(ask(args)).rejects.toThrow(message);
  });

  it("ignores an unknown argument beside Teaclave's alone, and logs it", async () => {
    const { text, log } = await ask({ penalty: 1 });
    expect(text).toMatch(/^Trained \d+ lines of data\.$/);
    expect(log).toContain('There is no argument "penalty": it is ignored.');
  });

  it.each([{}, { solver: 'newton' }, { solver: 'gradient-descent' }])(
    'refuses other labels: %j',
    async (args) => {
      for (const [one, two] of [
        [1, 2],
        [-1, 1],
      ]) {
        await expect(ask(args, `1,2,1\n3,4,${one}\n5,6,${two}\n`)).rejects.toThrow(
          /^Row [23]: the label must be 0 or 1/,
        );
      }
    },
  );

  it('gives probabilities with all their digits, and four decimals where Teaclave does', async () => {
    const model = '{"alpha":0.3,"iters":9,"parameters":[0.5,-1.0]}';
    const told = (args: Record<string, unknown>) =>
      predict(logistic, args, model, args['header'] ? 'x\n20\n' : '20\n');
    expect((await told({})).values).toBe('0.0000\n');
    expect(Number((await told({ header: true })).values)).toBeCloseTo(1 / (1 + Math.exp(19.5)), 22);
    const { model: ours } = await train(logistic, { feature_size: 1 }, '1,0\n2,1\n3,0\n4,1\n');
    expect((await predict(logistic, {}, ours, '1.5\n')).values).toMatch(/^0\.\d{12,}\n$/);
  });
});

describe('what is refused says where, and what to do', () => {
  it.each(families)('E5, E7: %s', async (_name, family) => {
    const args = { feature_size: 3, header: false };
    const plain = csvOf([...names, 'y'], false);
    await expect(train(family, args, `a,b,d,y\n${plain}`)).rejects.toThrow(
      'Row 1, column 1: invalid float literal. If it has the names of the columns, give "header": true.',
    );
    const { model } = await train(family, { feature_size: 3, header: true }, csvOf([...names, 'y']));
    await expect(predict(family, {}, model, `a,b,d\n${csvOf(names, false)}`)).rejects.toThrow(
      'Row 1, column 1: invalid float literal. If it has the names of the columns, give "header": true.',
    );
    await expect(predict(family, { header: true }, model, `${csvOf(names)}\n1,x,3\n`)).rejects.toThrow(
      'Row 61, column 2: invalid float literal',
    );
    // Linear regression counts the names of a header.
    const header = family !== linear;
    await expect(train(family, { header }, csvOf([...names, 'y'], header))).rejects.toThrow(
      header
        ? 'Cannot deserialize arguments: "feature_size" is missing'
        : '"feature_size" is wanted where the data have no header',
    );
  });
});

describe('S2, R1: columns by name, and missing values, of functions without a model', () => {
  const data = 'id,y,x\n"n 1",2,0\nn2,,0\nn3,4,10\nn4,4,12\n';

  const chosen = { header: true, columns: ['b', 'c'] };
  it.each<[string, string, Record<string, unknown>]>([
    ['builtin-column-statistics', 'input_data', chosen],
    ['builtin-kmeans', 'input_data', { ...chosen, clusters: 1 }],
    [
      'builtin_principal_components_analysis',
      'input_data',
      { ...chosen, n: 1, center: true, feature_size: 2 },
    ],
    ['builtin-linear-regression-train', 'training_data', { header: true, columns: ['b'], label: 'c' }],
  ])(
    '%s refuses a row with as many fields as are chosen, and a name that stands twice',
    async (name, slot, asked) => {
      const answer = (text: string) => run(name, asked, { [slot]: text });
      await answer('a,b,c\nx,1,2\nx,3,4\nx,5,7\n');
      await expect(answer('a,b,c\nx,1,2\n3,4\nx,5,7\n')).rejects.toThrow(
        'Row 2: Data format error: column len = 2, expected = 3',
      );
      await expect(answer('b,b,c\n1,2,3\n3,4,5\n5,7,6\n')).rejects.toThrow(
        'The header has the name "b" twice',
      );
    },
  );

  it('k-means', async () => {
    const ask = (args: Record<string, unknown>) =>
      run('builtin-kmeans', { clusters: 2, header: true, ...args }, { input_data: data });
    const { text, outputs } = await ask({ columns: ['x', 'y'], missing: 'mean' });
    expect(JSON.parse(text)).toMatchObject({ rows: 4, filled_in: 1, converged: true });
    expect(outputs['centers']?.split('\n')[0]).toBe('x,y');
    expect(outputs['centers']?.split('\n').slice(1, 3).toSorted()).toEqual([
      '0.0,2.666666666666667',
      '11.0,4.0',
    ]);
    await expect(ask({ columns: ['x', 'y'] })).rejects.toThrow('Row 2, column 2: cannot parse float');
    await expect(ask({})).rejects.toThrow('Row 1, column 1: invalid float literal');
    await expect(ask({ columns: ['z'] })).rejects.toThrow('No column of the header has the name "z".');
    await expect(ask({ columns: ['x', 'x'] })).rejects.toThrow('each of them once');
    await expect(ask({ columns: [] })).rejects.toThrow('each of them once');
    await expect(ask({ columns: ['x'], header: false, feature_size: 1 })).rejects.toThrow(
      'it needs "header"',
    );
    await expect(ask({ cluster: 3 })).rejects.toThrow('There is no argument "cluster"');
  });

  it.each(['golub-reinsch', 'covariance'])('principal components by %s', async (solver) => {
    const ask = (args: Record<string, unknown>, input_data = data) =>
      run(
        'builtin_principal_components_analysis',
        { n: 1, center: true, header: true, solver, ...args },
        { input_data },
      );
    const gaps = { feature_size: 2, columns: ['x', 'y'], missing: 'mean' };
    const { text, outputs } = await ask({ ...gaps, report: true });
    const told = JSON.parse(text);
    expect(told).toMatchObject({ rows: 4, features: ['x', 'y'], filled_in: 1 });
    expect(told.mean[1]).toBeCloseTo(10 / 3, 12);
    const filled = await ask({ feature_size: 2 }, `x,y,l\n0,2,0\n0,${10 / 3},0\n10,4,0\n12,4,0\n`);
    expect(filled.outputs).toEqual(outputs);
    expect(filled.text).toBe('transform 4 rows * 1 cols lines of data. The last column, "l", was dropped.');
    expect((await ask(gaps)).text).toBe('transform 4 rows * 1 cols lines of data.');
    await expect(ask({ ...gaps, missing: 'refuse' })).rejects.toThrow('Row 2, column 2');
    await expect(ask({ ...gaps, feature_size: 1 })).rejects.toThrow(
      'must be the number of "columns", 2, not 1',
    );
    await expect(ask({ feature_size: 2 })).rejects.toThrow('Row 1, column 1: invalid float literal');
  });
});

describe('tables of any form', () => {
  it('k-means: columns by name between semicolons, in UTF-16, with a decimal comma', async () => {
    const data = 'id;y;x\r\n"n;1";1,5;0\r\nn2;;0\r\nn3;4;10\r\nn4;4;12\r\n\r\n';
    const bytes = Buffer.concat([Buffer.of(0xff, 0xfe), Buffer.from(data, 'utf16le')]);
    const args = {
      clusters: 2,
      header: true,
      columns: ['x', 'y'],
      missing: 'mean',
      delimiter: ';',
      decimal_mark: ',',
    };
    const { text } = await runFunction(builtins.get('builtin-kmeans'), args, { input_data: bytes });
    expect(JSON.parse(text)).toMatchObject({ rows: 4, filled_in: 1 });
  });

  it.each(families)(
    'fault 4: numbers with a byte order mark are the numbers without: %s',
    async (...given) => {
      const [, family] = given;
      const data = csvOf([...names, 'y'], false);
      const args = { feature_size: 3 };
      const { model } = await train(family, args, data);
      expect((await train(family, args, `\ufeff${data}`)).model).toBe(model);
      const rows = csvOf(names, false);
      const { values } = await predict(family, {}, model, rows);
      expect((await predict(family, {}, model, `\ufeff${rows}`)).values).toBe(values);
    },
  );

  it('fault 4: k-means of numbers with a byte order mark', async () => {
    const data = csvOf(names, false);
    const ask = async (input_data: string) =>
      (await run('builtin-kmeans', { clusters: 2, feature_size: 3 }, { input_data })).outputs;
    expect(await ask(`\ufeff${data}`)).toEqual(await ask(data));
  });

  it.each(families)(
    'fault 4: names with a byte order mark are the names without: %s',
    async (_name, family) => {
      const { model } = await train(
        family,
        { feature_size: 3, header: true },
        `\ufeff${csvOf([...names, 'y'])}`,
      );
      const { values } = await predict(family, { header: true }, model, csvOf(names));
      const args = { header: true, extra_columns: 'ignore' };
      expect((await predict(family, args, model, `\ufeff${csvOf(names)}\r\n`)).values).toBe(values);
    },
  );
});

describe("strangers' models and tables", () => {
  const change = (length: number) =>
    fc.tuple(
      fc.nat(length - 1),
      fc.nat(4),
      fc.string({ maxLength: 3, unit: fc.constantFrom(...'0123456789-.e,:{}[]"abc\\'.split('')) }),
    );
  const mutate = (text: string, changes: readonly (readonly [number, number, string])[]) =>
    changes.reduce((now, [at, length, insert]) => now.slice(0, at) + insert + now.slice(at + length), text);

  it.each(families)('are answered or refused: %s', async (_name, family) => {
    const { model } = await train(
      family,
      {
        feature_size: 3,
        header: true,
        label: 'y',
        ...(family === trees ? { categories: ['d'], iterations: 1 } : { missing: 'mean' }),
      },
      csvOf([...names, 'y']),
    );
    // Of trees what is kept of the table alone, which stands last: the rest is long.
    const table = family === trees ? model.lastIndexOf('"table"') : 0;
    const data = csvOf(names).split('\n').slice(0, 4).join('\n');
    await fc.assert(
      fc.asyncProperty(
        fc.array(change(model.length - table), { minLength: 1, maxLength: 4 }),
        fc.array(change(data.length), { maxLength: 3 }),
        async (inModel, inData) => {
          const changed = model.slice(0, table) + mutate(model.slice(table), inModel);
          await predict(family, { header: true }, changed, mutate(data, inData)).catch((error: unknown) =>
            expect(error).toBeInstanceOf(FunctionError),
          );
        },
      ),
      { numRuns: runs(400) },
    );
  });

  it('of words', async () => {
    const unit = fc.constantFrom(...'a,b"\n\r é1'.split(''));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit, maxLength: 6 }), { minLength: 1, maxLength: 12 }),
        async (words) => {
          const cell = (word: string) => `"${word.replaceAll('"', '""')}"`;
          const data = `y,w,x\n${words.map((word, i) => `${i % 2},${cell(word)},${i}\n`).join('')}`;
          const args = { feature_size: 2, header: true, label: 'y', categories: ['w'], loss: 'SquaredError' };
          if (words.every((word) => word.trim() === '')) {
            await expect(train(trees, args, data)).rejects.toThrow('has no values');
            return;
          }
          const { model, told } = await train(trees, args, data);
          const distinct = new Set(words.map((word) => word.trim()).filter((word) => word !== ''));
          expect(JSON.parse(told).features).toBe(1 + distinct.size);
          const { told: say } = await predict(trees, { header: true, extra_columns: 'ignore' }, model, data);
          expect(JSON.parse(say).rows).toBe(words.length);
          expect(JSON.parse(say).warnings).toBeUndefined();
        },
      ),
      { numRuns: runs(100) },
    );
  });
});
