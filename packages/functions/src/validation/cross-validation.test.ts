import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtins } from '../index.ts';
import { refusalOf } from '../testing/refusal-of.ts';
import { runFunction } from '../testing/run.ts';
import { runs } from '../testing/runs.ts';
import { dealFolds } from './folds.ts';

const validate = async (data: string, args: Record<string, unknown>) => {
  const builtin = builtins.get('builtin-cross-validation');
  return JSON.parse((await runFunction(builtin, args, { input_data: data }, { cut: 999 })).text);
};
const inputOf = (text: string) => ({ chunks: () => [Uint8Array.from(Buffer.from(text))] });

const linear = { trainer: 'linear-regression', label: 'y', task: 'regression' };
/** Numbers that are always the same. */
const noise = (i: number) => ((i * 7919 + 13) % 101) / 101 - 0.5;

describe('folds', () => {
  it('differ by one row at most, and by one of each value; a seed decides', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 2, maxLength: 60 }),
        fc.integer({ min: 2, max: 9 }),
        fc.nat(),
        fc.boolean(),
        async (values, folds, seed, stratified) => {
          fc.pre(values.length >= folds);
          const input = inputOf(`k\n${values.join('\n')}\n`);
          const rules = { folds, seed, stratify: stratified ? 'k' : undefined, least: 1 };
          const dealt = await dealFolds(input, rules);
          expect(dealt).toHaveLength(values.length);
          const even = (rows: readonly number[]) => {
            const counts = Array.from(
              { length: folds },
              (_, fold) => rows.filter((one) => one === fold).length,
            );
            expect(counts.reduce((a, b) => a + b)).toBe(rows.length);
            expect(Math.max(...counts) - Math.min(...counts)).toBeLessThan(2);
          };
          even([...dealt]);
          if (stratified)
            for (const kind of ['a', 'b', 'c']) even([...dealt].filter((_, i) => values[i] === kind));
          expect(await dealFolds(input, rules)).toEqual(dealt);
        },
      ),
      { numRuns: runs(100) },
    );
    const many = inputOf(`k\n${'a\n'.repeat(50)}`);
    const [one, other] = await Promise.all(
      [1, 2].map((seed) => dealFolds(many, { folds: 5, seed, stratify: undefined, least: 1 })),
    );
    expect(one).not.toEqual(other);
  });
});

describe('cross-validation', () => {
  it('that holds each row out has the errors of the closed form, e / (1 - h)', async () => {
    const points = Array.from({ length: 23 }, (_, i) => ({ x: (i * i) % 19, y: 2 * i + 5 * noise(i) }));
    const n = points.length;
    const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    const [mx, my] = [mean(points.map(({ x }) => x)), mean(points.map(({ y }) => y))];
    const spread = points.reduce((sum, { x }) => sum + (x - mx) ** 2, 0);
    const slope = points.reduce((sum, { x, y }) => sum + (x - mx) * (y - my), 0) / spread;
    const wanted = points.map(({ x, y }) => {
      const leverage = 1 / n + (x - mx) ** 2 / spread;
      return (my + slope * (x - mx) - y) / (1 - leverage);
    });
    const data = `y,x\n${points.map(({ x, y }) => `${y},${x}`).join('\n')}\n`;
    const { rows, folds, mean: means, sd } = await validate(data, { ...linear, folds: n });
    expect(rows).toBe(n);
    const rising = (values: readonly number[]) => [...values].sort((a, b) => a - b);
    const got = rising(folds.map((fold: { mean_error: number }) => fold.mean_error));
    for (const [i, error] of rising(wanted).entries()) expect(got[i]).toBeCloseTo(error, 9);
    for (const fold of folds) expect(fold).toMatchObject({ trained_on: n - 1, rows: 1, r2: null });
    const sizes = wanted.map(Math.abs);
    expect(means.mae).toBeCloseTo(mean(sizes), 9);
    expect(means.rmse).toBeCloseTo(mean(sizes), 9);
    expect(means.r2).toBeNull();
    const variance = sizes.reduce((sum, one) => sum + (one - mean(sizes)) ** 2, 0) / (n - 1);
    expect(sd.mae).toBeCloseTo(Math.sqrt(variance), 9);
  });

  it.each([
    [
      'logistic-regression',
      'logistic-regression',
      'model_file',
      { alg_alpha: 1, alg_iters: 50, feature_size: 2, l2: 1 },
    ],
    [
      'gbdt',
      'gbdt',
      'trained_model',
      {
        feature_size: 2,
        max_depth: 2,
        iterations: 5,
        shrinkage: 0.5,
        feature_sample_ratio: 1.0,
        data_sample_ratio: 1.0,
        min_leaf_size: 1,
        loss: 'binary:logistic',
        training_optimization_level: 2,
        categories: ['c'],
      },
    ],
  ])(
    'of %s gives what training, predicting and measuring by hand give',
    async (trainer, name, model, more) => {
      const rows = Array.from({ length: 60 }, (_, i) => {
        const word = ['u', 'v'][i % 2] ?? '';
        const c = trainer === 'gbdt' ? `"${word}"` : String(i % 2);
        return `${noise(i)},${noise(i) + noise(3 * i + 1) > 0 ? 1 : 0},${c}`;
      });
      const header = 'x,y,c';
      const data = [header, ...rows].join('\r\n');
      const asked = { folds: 3, seed: 5, stratify: true };
      const task = { task: 'classification', threshold: 0.4 };
      const got = await validate(data, { trainer, trainer_arguments: more, label: 'y', ...task, ...asked });
      const dealt = await dealFolds(inputOf(data), { folds: 3, seed: 5, stratify: 'y', least: 1 });
      const aucs: number[] = [];
      for (let fold = 0; fold < 3; fold++) {
        const [training, held] = [false, true].map((inside) =>
          rows.filter((_, i) => (dealt[i] === fold) === inside),
        );
        const text = (some: readonly string[] = []) => [header, ...some].join('\n');
        const trained = await runFunction(
          builtins.get(`builtin-${name}-train`),
          { ...more, header: true, label: 'y' },
          { training_data: text(training) },
        );
        const predicted = await runFunction(
          builtins.get(`builtin-${name}-predict`),
          { header: true, extra_columns: 'ignore' },
          { model_file: trained.outputs[model] ?? '', data_file: text(held) },
        );
        const labels = (held ?? []).map((row) => row.split(',')[1]).join('\n');
        const measured = await runFunction(builtins.get('builtin-model-metrics'), task, {
          labels,
          predictions: predicted.outputs['result_file'] ?? '',
        });
        const figures = JSON.parse(measured.text);
        expect(got.folds[fold]).toEqual({ trained_on: 40, ...figures });
        aucs.push(figures.auc);
      }
      expect(got.mean.auc).toBeCloseTo(aucs.reduce((a, b) => a + b) / 3, 12);
      expect(got.rows).toBe(60);
      expect(got.mean.confusion).toBeUndefined();
    },
  );

  it('hands warnings of trainings on, and keeps to least_group', async () => {
    const data = `x,y\n${Array.from({ length: 40 }, (_, i) => `${i},${i < 20 ? 0 : 1}`).join('\n')}`;
    const args = {
      trainer: 'logistic-regression',
      trainer_arguments: { alg_alpha: 1, alg_iters: 30, feature_size: 1 },
      label: 'y',
      task: 'classification',
      folds: 2,
    };
    const got = await validate(data, { ...args, least_group: 5 });
    expect(got.warnings).toEqual([
      expect.stringMatching(/^Fold 1: These columns tell the labels apart/),
      expect.stringMatching(/^Fold 2: /),
    ]);
    // No row is on the wrong side, or hardly one.
    for (const fold of got.folds) expect(fold).toMatchObject({ accuracy: null, confusion: null });
    expect(got.mean).toMatchObject({ accuracy: null, precision: null });
    expect(got.mean).toMatchObject({ auc: null, log_loss: null });
    const small = await refusalOf(validate(data, { ...args, least_group: 25 }));
    expect(small.message).toContain('Fold 1, metrics: There are fewer rows than "least_group"');
  });

  const trees = {
    feature_size: 1,
    max_depth: 1,
    iterations: 2,
    shrinkage: 0.5,
    feature_sample_ratio: 1,
    data_sample_ratio: 1,
    min_leaf_size: 1,
    training_optimization_level: 2,
  };

  it('wants a threshold for a model of raw scores, and warns where there is no log loss', async () => {
    const data = `x,y\n${Array.from({ length: 20 }, (_, i) => `${i},${i < 10 ? 0 : 1}`).join('\n')}`;
    const asked = (loss: string, more = {}) =>
      validate(data, {
        trainer: 'gbdt',
        trainer_arguments: { ...trees, loss },
        label: 'y',
        task: 'classification',
        folds: 2,
        ...more,
      });
    await expect(asked('binary:logitraw')).rejects.toThrow(
      'The argument "threshold" is needed: predictions of "binary:logitraw" are no probabilities; 0 is where both classes are equally likely.',
    );
    const raw = await asked('binary:logitraw', { threshold: 0 });
    expect(raw.mean).toMatchObject({ log_loss: null });
    expect(raw.warnings).toEqual([
      'Fold 1: there is no log loss, as predictions are no probabilities: "threshold" is compared with them as they are.',
      expect.stringMatching(/^Fold 2: there is no log loss/),
    ]);
    const probable = await asked('binary:logistic');
    expect(probable.mean.log_loss).toBeGreaterThan(0);
    expect(probable.warnings).toBeUndefined();
    // Kept back, it is none of our business.
    expect((await asked('binary:logistic', { least_group: 5 })).warnings).toBeUndefined();
    expect((await asked('binary:logitraw', { threshold: 0, task: 'classification' })).folds).toHaveLength(2);
  });

  it.each([
    ['linear-regression', {}, 'regression', 3],
    ['linear-regression', { missing: 'mean' }, 'regression', 4],
    ['logistic-regression', { alg_alpha: 1, alg_iters: 2, feature_size: 1 }, 'classification', 3],
    ['gbdt', { ...trees, loss: 'binary:logistic' }, 'classification', 3],
    ['gbdt', { ...trees, loss: 'binary:logistic', categories: ['x'] }, 'classification', 4],
  ])('reads its input as often as the catalogue says: %s %j', async (trainer, more, task, times) => {
    const data = `x,y\n${Array.from({ length: 20 }, (_, i) => `${i % 3},${i % 2}`).join('\n')}`;
    let reads = 0;
    const chunks = () => {
      reads++;
      return [Buffer.from(data)];
    };
    await builtins.get('builtin-cross-validation')?.run({
      args: { trainer, trainer_arguments: more, label: 'y', task, folds: 2 },
      input: () => ({ chunks }),
      output: () => ({ write: () => undefined, close: () => undefined }),
      log: () => undefined,
    });
    expect(reads).toBe(1 + 2 * times);
  });

  it('does not say how many rows there are where figures of few are withheld', async () => {
    const few = { ...linear, folds: 7, least_group: 2 };
    const error = await refusalOf(validate('x,y\n0,1\n1,3\n2,5\n', few));
    expect(error.message).toBe(
      'There are too few rows for 7 folds: with "least_group": 2 the figures of all folds are withheld.',
    );
  });

  it.each([
    [{ folds: 7 }, 'There are 6 rows: they cannot be shared out to 7 folds.'],
    [{ folds: 1 }, 'at least 2'],
    [{ label: 'z' }, 'has the label\'s name, "z"'],
    [{ label: 'z', stratify: true }, 'No column of the header has the name "z"'],
    [{ trainer: 'forest' }, 'must be one of gbdt, linear-regression, logistic-regression'],
    [{ trainer_arguments: { label: 'x' } }, 'has "label", which cross-validation gives'],
    [{ trainer_arguments: { l3: 1 } }, 'Fold 1, training: There is no argument "l3"'],
    [{ trainer_arguments: '{}' }, '"trainer_arguments" must be an object'],
    [{ threshold: 0.5 }, '"threshold" would be ignored'],
    [{ task: 'classification' }, 'Fold 1, metrics: Row'],
    [{ fold: 2 }, 'no argument "fold"'],
  ])('refuses %j', async (args, message) => {
    const data = 'x,y\n0,1\n1,3\n2,5\n4,9.5\n5,1\n6,0\n';
    const error = await refusalOf(validate(data, { ...linear, folds: 2, ...args }));
    expect(error.message).toContain(message);
  });
});
