import { existsSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtins, FunctionError } from '../index.ts';
import { runFunction } from '../testing/run.ts';

const base = {
  feature_size: 2,
  max_depth: 3,
  iterations: 3,
  shrinkage: 0.5,
  feature_sample_ratio: 1,
  data_sample_ratio: 1,
  min_leaf_size: 1,
  loss: 'SquaredError',
  training_optimization_level: 2,
};
const train = (data: string | Uint8Array, args: Record<string, unknown> = {}, cut = 1 << 16) =>
  runFunction(builtins.get('builtin-gbdt-train'), { ...base, ...args }, { training_data: data }, { cut });
const predict = (model: string | Uint8Array, data: string | Uint8Array, args: Record<string, unknown> = {}) =>
  runFunction(builtins.get('builtin-gbdt-predict'), args, { model_file: model, data_file: data });
const modelOf = async (data: string, args: Record<string, unknown> = {}) =>
  (await train(data, args)).outputs['trained_model'] as string;

/** 200 rows of two features; the label depends on both. */
const rows = Array.from({ length: 200 }, (_, i) => {
  const [x, z] = [(i * 37) % 101, (i * 53) % 89];
  return { x, z, y: x > 50 ? 1 : z > 40 ? 1 : 0 };
});
const csv = rows.map(({ x, z, y }) => `${x},${z},${y}`).join('\n');
const features = rows.map(({ x, z }) => `${x},${z}`).join('\n');
const signed = rows.map(({ x, z, y }) => `${x},${z},${2 * y - 1}`).join('\n');

async function rightly(data: string, args: Record<string, unknown>): Promise<number> {
  const { outputs } = await predict(await modelOf(data, args), features);
  const predictions = (outputs['result_file'] as string).trim().split('\n').map(Number);
  return predictions.filter((p, i) => p > 0.5 === (rows[i]?.y === 1)).length / rows.length;
}

describe('the exact algorithm', () => {
  const functions = new URL('../../../../../shared/fixtures/functions/', import.meta.url);
  const files = new URL('../../../../../shared/fixtures/teaclave-file-128/', import.meta.url);
  it.skipIf(!existsSync(functions))(
    "gives Teaclave's model and predictions byte for byte (skipped: its files are not on this machine)",
    async () => {
      const read = (name: string) => readFileSync(new URL(name, functions), 'utf8');
      const args = { feature_size: 4, max_depth: 4, iterations: 100, shrinkage: 0.1, loss: 'LAD' };
      const ran = await train(readFileSync(new URL('train.txt', files)), args, 1000);
      expect(ran.text).toBe('Trained 120 lines of data.');
      expect(ran.outputs['trained_model']).toBe(read('gbdt_expected_model.txt'));
      const predicted = await predict(read('gbdt_expected_model.txt'), read('gbdt_test_data.txt'));
      expect(predicted.text).toBe('Predict result has 30 lines of data.');
      expect(predicted.outputs['result_file']).toBe(read('gbdt_expected_result.txt'));
    },
  );

  it('gives a model that was worked out by hand, with LAD', async () => {
    // Bias: (2 + 1) / 2. Residuals -0.5, -0.5, 0.5, 2.5 split between 1 and 2; medians by the contract's rule.
    const model = JSON.parse(
      await modelOf('0,1\n1,1\n2,2\n3,4', { feature_size: 1, max_depth: 1, iterations: 1, loss: 'LAD' }),
    );
    expect(model.bias).toBe(1.5);
    expect(model.trees[0].tree.tree.map((node: { value: object }) => node.value)).toEqual([
      { feature_index: 0, feature_value: 1.5, pred: 0, missing: 0, is_leaf: false },
      { feature_index: 0, feature_value: 0, pred: -0.5, missing: 0, is_leaf: true },
      { feature_index: 0, feature_value: 0, pred: 1.5, missing: 0, is_leaf: true },
    ]);
  });

  it.each([
    ['SquaredError', csv],
    ['LogLikelyhood', signed],
    ['reg:linear', csv],
  ])('learns with %s', async (loss, data) => {
    expect(await rightly(data, { loss, iterations: 20 })).toBe(1);
  });

  it('leaves rows without a value out of both children', async () => {
    const model = await modelOf('-3.4028235e38,9\n0,1\n1,2\n', {
      feature_size: 1,
      max_depth: 1,
      iterations: 1,
      shrinkage: 1,
    });
    const { outputs } = await predict(model, '-3.4028235e38\n0\n1\n');
    // Bias 4; the one without a value gets the root's mean residual, 0.
    expect(outputs['result_file']).toBe('4.0000000000\n1.0000000000\n2.0000000000\n');
  });

  it('cannot be sent down a tree without end by neighbours that their mean does not tell apart', async () => {
    const model = JSON.parse(
      await modelOf('16777216,1\n16777218,2\n', { feature_size: 1, max_depth: 4294967295, min_leaf_size: 0 }),
    );
    for (const { tree } of model.trees) expect(tree.tree.length).toBeLessThan(4);
  });

  it('draws its samples by the seed', async () => {
    const sampled = { data_sample_ratio: 0.5, feature_sample_ratio: 0.5 };
    expect(await modelOf(csv, { ...sampled, seed: 1 })).toBe(await modelOf(csv, { ...sampled, seed: 1 }));
    expect(await modelOf(csv, { ...sampled, seed: 1 })).not.toBe(await modelOf(csv, { ...sampled, seed: 2 }));
    expect(await modelOf(csv, { seed: 1 })).toBe(await modelOf(csv, { seed: 2 }));
  });
});

describe('histograms', () => {
  const hist = { tree_method: 'hist', min_child_weight: 0, l2: 0, iterations: 20 };
  it.each([
    ['SquaredError', csv],
    ['LogLikelyhood', signed],
    ['binary:logistic', csv],
    ['reg:logistic', csv],
    ['LAD', csv],
  ])('learn with %s', async (loss, data) => {
    expect(await rightly(data, { ...hist, loss })).toBeGreaterThan(0.99);
  });

  it('find the tree of the exact algorithm where every value has its bin', async () => {
    const shape = { loss: 'SquaredError', iterations: 1, max_depth: 4, shrinkage: 1 };
    const walk = async (args: object) => {
      const [tree] = JSON.parse(await modelOf(csv, { ...shape, ...args })).trees as {
        tree: { tree: Named[] };
      }[];
      return tree?.tree.tree.map(({ value, left, right }) => {
        const { feature_index: feature, feature_value: threshold } = value;
        // The exact algorithm cuts halfway between two values, histograms at the upper one.
        const above = rows.map((row) => [row.x, row.z][feature] ?? 0).filter((one) => one >= threshold);
        return [feature, left === 0 ? 0 : Math.min(...above), left, right];
      });
    };
    interface Named {
      value: { feature_index: number; feature_value: number };
      left: number;
      right: number;
    }
    // Only down to where nothing is left to gain: the exact algorithm stops at equal targets, too.
    expect(await walk(hist)).toEqual(await walk({}));
  });

  it('say what each feature did', async () => {
    const args = { ...hist, importance: true, header: true, label: 'label' };
    const { text } = await train(`label,a,"b, c"\n${rows.map(({ x, y }) => `${y},${x},5`).join('\n')}`, args);
    const told = JSON.parse(text);
    expect(told.rows).toBe(200);
    expect(told.importance).toMatchObject([
      { feature: 0, name: 'a' },
      { feature: 1, name: 'b, c', splits: 0, gain: 0 },
    ]);
    expect(told.importance[0].splits).toBeGreaterThan(0);
    expect(told.importance[0].gain).toBeGreaterThan(10);
  });

  it('take samples of rows and features', async () => {
    const sampled = {
      ...hist,
      loss: 'binary:logistic',
      data_sample_ratio: 0.7,
      feature_sample_ratio: 0.5,
      iterations: 50,
    };
    expect(await rightly(csv, sampled)).toBeGreaterThan(0.95);
    expect(await modelOf(csv, sampled)).toBe(await modelOf(csv, sampled));
  });
});

describe('training refuses', () => {
  const hist = { tree_method: 'hist' };
  it.each<[string, string, Record<string, unknown>, string]>([
    ['a ragged row', '1,2,3\n1,2\n', {}, 'Data format error: column len = 2, expected = 3'],
    ['an empty line', '1,2,3\n\n1,2,3', {}, 'Empty line'],
    ['a wrong number', '1,2,x', {}, 'invalid float literal'],
    ['nothing', '1,2,', {}, 'cannot parse float from empty string'],
    ['a blank', '1, 2,3', {}, 'invalid float literal'],
    ['a wrong number, with its place', '1,2,3\n1,x,3', hist, 'Row 2, column 2: invalid float literal'],
    ['NaN', '1,2,3\n1,NaN,3', {}, 'Row 2, column 2: a finite number is wanted'],
    ['infinity', '1,2,3\n1,1e39,3', hist, 'Row 2, column 2: a finite number is wanted'],
    ['no rows', '', {}, 'The training data have no rows.'],
    ['no rows', '', hist, 'The training data have no rows.'],
    ['one row with LAD', '1,2,3', { loss: 'LAD' }, 'LAD needs at least two rows'],
    ['one class', '1,2,1\n2,1,1', { loss: 'LogLikelyhood' }, 'some of both'],
    ['one class', '1,2,1\n2,1,1', { ...hist, loss: 'LogLikelyhood' }, 'needs both classes'],
    ['one class', '1,2,0\n2,1,0', { ...hist, loss: 'binary:logistic' }, 'needs both classes'],
    [
      'other classes',
      '1,2,1\n2,1,0',
      { ...hist, loss: 'LogLikelyhood' },
      'Row 2: the loss LogLikelyhood wants labels -1 and 1.',
    ],
    [
      '0 and 1 for 1 and -1',
      '1,2,1\n2,1,0\n3,4,0\n5,6,0',
      { loss: 'LogLikelyhood' },
      'Row 2: the loss LogLikelyhood wants labels -1 and 1.',
    ],
    ['a loss without gradients', '1,2,1', { ...hist, loss: 'rank:pairwise' }, 'RankPairwise is not there'],
    ['a missing label', '1,2,3\n4,5,', hist, 'Row 2: the label is missing. Leave such rows out.'],
    ['a missing label', 'a,y,b\n1,2,3\n4,nan,5', { header: true, label: 'y' }, 'Row 2: the label is missing'],
    [
      "a missing value of Teaclave's arguments",
      '1,2,1\n4,,0',
      { loss: 'binary:logistic' },
      'cannot parse float from empty string',
    ],
    ['a missing value', '1,2,3\n4,,5', { tree_method: 'exact' }, 'cannot parse float from empty string'],
    [
      'a shrinkage beyond 32 bits',
      '1,2,3',
      { shrinkage: 1e300 },
      '"shrinkage" is beyond the numbers of 32 bits',
    ],
    ['a shrinkage beyond 32 bits', '1,2,3', { ...hist, shrinkage: -1e39 }, '"shrinkage" is beyond'],
    ['labels without a mean', '1,2,3e38\n1,2,3e38', { iterations: 0 }, 'The labels are too large'],
    ['no features', '1', { feature_size: 0 }, '"feature_size" must be at least 1'],
    ['an argument of another type', '1,2,3', { iterations: '3' }, 'Cannot deserialize arguments'],
    ['an unknown method', '1,2,3', { tree_method: 'fast' }, '"tree_method" must be one of exact, hist'],
    ['a depth without end', '1,2,3', { ...hist, max_depth: 65 }, '"max_depth" must be at most 64'],
    ['a sample of nothing', '1,2,3', { feature_sample_ratio: 0.1 }, 'leaves none of the 2 features'],
    ['a sample of nothing', '1,2,3', { data_sample_ratio: 0 }, 'leaves none of the 1 row'],
    ['a label without header', '1,2,3', { label: 'y' }, 'needs "header"'],
    ['too many columns', '1,2,3', { feature_size: 2 ** 40 }, 'longer than a line may be'],
  ])('%s', async (_what, data, args, message) => {
    const refused = await train(data, args).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(FunctionError);
    expect((refused as Error).message).toContain(message);
  });

  it('takes one row where it can', async () => {
    for (const method of ['exact', 'hist']) {
      const model = await modelOf('1,2,3', { tree_method: method });
      expect((await predict(model, '5,6')).outputs['result_file']).toBe('3.0\n');
    }
  });

  it('arbitrary bytes, or trains', async () => {
    const line = fc.stringMatching(/^[0-9.,e+-]{0,12}$/);
    const data = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.array(line).map((lines) => Buffer.from(lines.join('\n'))),
    );
    await fc.assert(
      fc.asyncProperty(
        data,
        fc.constantFrom('exact', 'hist'),
        fc.constantFrom('LAD', 'SquaredError'),
        async (bytes, method, loss) => {
          await train(bytes, { feature_size: 1, tree_method: method, loss }, 5).catch((error: unknown) => {
            expect(error).toBeInstanceOf(FunctionError);
          });
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('S1: what is trained is what was asked for', () => {
  const logLoss = async (model: string): Promise<number> => {
    const { outputs } = await predict(model, features);
    const predictions = outputs['result_file'] as string;
    const labels = rows.map(({ y }) => y).join('\n');
    const { text } = await runFunction(
      builtins.get('builtin-model-metrics'),
      { task: 'classification' },
      { labels, predictions },
    );
    return JSON.parse(text).log_loss;
  };
  const shape = { iterations: 60, max_depth: 3, shrinkage: 0.1 };

  it.each(['binary:logistic', 'reg:logistic'])('%s without a method is a logistic model', async (loss) => {
    const model = await modelOf(csv, { ...shape, loss });
    expect(await logLoss(model)).toBeLessThan(0.05);
    // Of Teaclave's form, as its arguments are.
    expect(Object.keys(JSON.parse(model))).toEqual(['conf', 'trees', 'bias']);
    expect((await train(csv, { ...shape, loss })).text).toBe('Trained 200 lines of data.');
  });

  it("Teaclave's algorithm has to be named for it, and says what it is", async () => {
    const args = { ...shape, loss: 'binary:logistic', tree_method: 'exact' };
    expect(await logLoss(await modelOf(csv, args))).toBeGreaterThan(0.4);
    const told = JSON.parse((await train(csv, args)).text);
    expect(told).toMatchObject({ rows: 200, tree_method: 'exact', loss: 'BinaryLogistic' });
    expect(told.warnings[0]).toContain('This is no logistic model');
  });

  it.each(['SquaredError', 'LAD', 'reg:linear', 'LogLikelyhood'])(
    "%s with Teaclave's arguments alone is Teaclave's, with others by histograms",
    async (loss) => {
      const data = loss === 'LogLikelyhood' ? signed : csv;
      const own = JSON.parse(await modelOf(data, { loss }));
      const named = JSON.parse(await modelOf(data, { loss, tree_method: 'exact' }));
      expect(Object.keys(own)).toEqual(['conf', 'trees', 'bias']);
      expect({ ...named, table: undefined }).toEqual({ ...own, table: undefined });
      expect(named.table).toEqual({ format: 1, method: 'exact', missing: [] });
      expect(JSON.parse(await modelOf(data, { loss, seed: 0 })).table.method).toBe('hist');
    },
  );

  it.each<[Record<string, unknown>, string]>([
    [{ loss: 'logloss' }, 'The argument "loss" must be one of SquaredError, LogLikelyhood, LAD'],
    [{ loss: 'LogLikelihood', tree_method: 'hist' }, 'not "LogLikelihood"'],
    [{ loss: 'multi:softmax' }, 'The loss MultiSoftmax is not there'],
    [{ loss: 'multi:softprob', tree_method: 'hist' }, 'The loss MultiSoftprob is not there'],
    [{ loss: 'rank:pairwise' }, 'The loss RankPairwise is not there'],
    [{ tree_method: 'exact', l2: 1 }, 'The argument "l2" would be ignored: "tree_method" "exact"'],
    [{ tree_method: 'exact', max_bins: 16 }, 'The argument "max_bins" would be ignored'],
    [{ tree_method: 'exact', min_child_weight: 1 }, 'The argument "min_child_weight" would be ignored'],
    [{ tree_metod: 'hist' }, 'There is no argument "tree_metod". There are feature_size, max_depth'],
    [{ categories: ['a'] }, 'The argument "categories" names columns: it needs "header".'],
    [{ categories: ['a'], header: true }, '"categories" needs "label"'],
    [{ categories: ['y'], header: true, label: 'y' }, '"categories" has the name of the label'],
  ])('%j is refused', async (args, message) => {
    const refused = await train(csv, args).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(FunctionError);
    expect((refused as Error).message).toContain(message);
  });

  it("Teaclave's own argument for the log is none of the function's", async () => {
    expect((await train(csv, { save_log: 'true' })).text).toBe('Trained 200 lines of data.');
  });

  it.each(['exact', 'hist'])('three classes are refused with %s', async (tree_method) => {
    const data = rows.map(({ x, z }, i) => `${x},${z},${i % 3}`).join('\n');
    await expect(train(data, { loss: 'binary:logistic', tree_method })).rejects.toThrow(
      'Row 3: the loss BinaryLogistic wants labels 0 and 1.',
    );
  });
});
