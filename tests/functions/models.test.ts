/** Our models beside scikit-learn's, on three data sets that are made here. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtins } from '../../packages/functions/src/index.ts';
import { runFunction } from '../../packages/functions/src/testing/run.ts';
import { hasSklearn, python3 } from './support/python.ts';

const script = fileURLToPath(new URL('models.py', import.meta.url));

interface Answer {
  readonly features: number;
  readonly histogram: number;
  readonly exact: number;
  readonly logistic: readonly number[];
  readonly scores: readonly number[];
  readonly log_loss: number;
}

const run = (name: string, args: Record<string, unknown>, inputs: Record<string, string>) =>
  runFunction(builtins.get(name), args, inputs, { cut: 1 << 16 });

describe.skipIf(!hasSklearn)('beside scikit-learn (skipped: python3 has no scikit-learn here)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-models-'));
  let answers: readonly Answer[] = [];
  beforeAll(() => {
    const { status, stdout, stderr } = python3([script, folder]);
    expect(status, stderr).toBe(0);
    answers = JSON.parse(stdout);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const file = (kind: string, number: number) => readFileSync(join(folder, `${kind}${number}.csv`), 'utf8');

  async function auc(number: number, predictions: string): Promise<number> {
    const inputs = { labels: file('labels', number), predictions };
    return JSON.parse((await run('builtin-model-metrics', { task: 'classification' }, inputs)).text).auc;
  }

  async function gbdtAuc(number: number, args: Record<string, unknown>): Promise<number> {
    const common = {
      feature_size: answers[number]?.features,
      shrinkage: 0.1,
      feature_sample_ratio: 1,
      data_sample_ratio: 1,
      min_leaf_size: 1,
      training_optimization_level: 2,
    };
    const trained = await run(
      'builtin-gbdt-train',
      { ...common, ...args },
      { training_data: file('train', number) },
    );
    const inputs = {
      model_file: trained.outputs['trained_model'] as string,
      data_file: file('test', number),
    };
    const predicted = await run('builtin-gbdt-predict', {}, inputs);
    return auc(number, predicted.outputs['result_file'] as string);
  }

  describe.each([0, 1, 2])('data set %i', (number) => {
    const answer = () => answers[number] as Answer;

    it('histogram trees are as good as HistGradientBoostingClassifier', async () => {
      const args = {
        tree_method: 'hist',
        loss: 'binary:logistic',
        iterations: 100,
        max_depth: 6,
        l2: 1,
        max_bins: 255,
      };
      const ours = await gbdtAuc(number, { ...args, min_child_weight: 0.001 });
      console.log(
        `data set ${number}: AUC ${ours.toFixed(5)}, scikit-learn's HGB ${answer().histogram.toFixed(5)}`,
      );
      expect(Math.abs(ours - answer().histogram)).toBeLessThan(0.002);
    });

    it('exact trees are as good as GradientBoostingRegressor', async () => {
      const ours = await gbdtAuc(number, { loss: 'SquaredError', iterations: 30, max_depth: 4 });
      console.log(
        `data set ${number}: AUC ${ours.toFixed(5)}, scikit-learn's GBR ${answer().exact.toFixed(5)}`,
      );
      expect(Math.abs(ours - answer().exact)).toBeLessThan(0.002);
    });

    it("logistic regression has LogisticRegression's coefficients to 1e-6", async () => {
      const args = {
        alg_alpha: 1,
        alg_iters: 100,
        feature_size: answer().features,
        solver: 'newton',
        l2: 2,
        tolerance: 1e-10,
      };
      const { outputs } = await run('builtin-logistic-regression-train', args, {
        training_data: file('train', number),
      });
      const { parameters } = JSON.parse(outputs['model_file'] as string) as { parameters: number[] };
      expect(parameters.length).toBe(answer().logistic.length);
      for (const [i, parameter] of parameters.entries()) {
        expect(Math.abs(parameter - (answer().logistic[i] as number))).toBeLessThan(1e-6);
      }
    });

    it('metrics are those of sklearn.metrics', async () => {
      const inputs = { labels: file('labels', number), predictions: answer().scores.join('\n') };
      const told = JSON.parse((await run('builtin-model-metrics', { task: 'classification' }, inputs)).text);
      expect(told.log_loss).toBeCloseTo(answer().log_loss, 12);
      // Of scores with six decimals, of which some become equal.
      expect(Math.abs(told.auc - answer().histogram)).toBeLessThan(1e-5);
    });
  });
});
