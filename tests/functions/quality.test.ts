/**
 * S1, S2, S6: our models on scikit-learn's bundled data sets, whose held out rows stand with their columns in another order,
 * beside XGBoost's `hist` and scikit-learn's logistic regression. XGBoost's figures were measured once, and again where it is
 * installed. The table is in docs/functions/quality.md.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtins } from '../../packages/functions/src/index.ts';
import { runFunction } from '../../packages/functions/src/testing/run.ts';
import { hasSklearn, python3 } from './support/python.ts';

const script = fileURLToPath(new URL('quality.py', import.meta.url));

/** Of held out rows: log loss, or root mean squared error. */
interface Score {
  readonly error: number;
  readonly accuracy?: number;
}

interface Told {
  readonly features: number;
  readonly held: number;
  readonly peers: Readonly<Record<string, Score>>;
}

/** XGBoost 3.2.0, 60 trees of depth 3, learning rate 0.1. */
const XGBOOST: Readonly<Record<string, Score>> = {
  'breast-cancer': { error: 0.11281, accuracy: 0.96842 },
  'wine-0': { error: 0.07476, accuracy: 0.98333 },
  'iris-1-2': { error: 0.26362, accuracy: 0.91176 },
  'digits-8': { error: 0.07001, accuracy: 0.9783 },
  'breast-cancer-gaps': { error: 0.14573, accuracy: 0.95263 },
  'wine-0-gaps': { error: 0.1331, accuracy: 0.93333 },
  diabetes: { error: 57.2532 },
};

const run = (name: string, args: Record<string, unknown>, inputs: Record<string, string>) =>
  runFunction(builtins.get(name), args, inputs, { cut: 1 << 16 });

describe.skipIf(!hasSklearn)('beside XGBoost (skipped: python3 has no scikit-learn here)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-quality-'));
  let told: Readonly<Record<string, Told>> = {};
  beforeAll(() => {
    const { status, stdout, stderr } = python3([script, folder]);
    expect(status, stderr).toBe(0);
    told = JSON.parse(stdout);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string) => readFileSync(join(folder, `${name}.csv`), 'utf8');

  async function score(set: string, predictions: string): Promise<Score> {
    const task = set === 'diabetes' ? 'regression' : 'classification';
    const inputs = { labels: file(`${set}-labels`), predictions };
    const metrics = JSON.parse((await run('builtin-model-metrics', { task }, inputs)).text);
    return { error: metrics.log_loss ?? metrics.rmse, accuracy: metrics.accuracy };
  }

  async function trees(set: string): Promise<Score> {
    const args = {
      feature_size: told[set]?.features,
      max_depth: 3,
      iterations: 60,
      shrinkage: 0.1,
      feature_sample_ratio: 1,
      data_sample_ratio: 1,
      min_leaf_size: 1,
      loss: set === 'diabetes' ? 'reg:linear' : 'binary:logistic',
      training_optimization_level: 2,
      header: true,
    };
    const trained = await run('builtin-gbdt-train', args, { training_data: file(set) });
    expect(JSON.parse(trained.text)).toMatchObject({ tree_method: 'hist' });
    const predicted = await run(
      'builtin-gbdt-predict',
      { header: true },
      { model_file: trained.outputs['trained_model'] ?? '', data_file: file(`${set}-rev`) },
    );
    expect(JSON.parse(predicted.text)).toMatchObject({ columns_by: 'name', reordered: true });
    return score(set, predicted.outputs['result_file'] ?? '');
  }

  it.each(Object.keys(XGBOOST))('trees on %s are as good', async (set) => {
    const ours = await trees(set);
    const peer = XGBOOST[set] ?? { error: Number.NaN };
    const measured = told[set]?.peers['xgboost'];
    console.log(`${set}: error ${ours.error.toFixed(5)} (XGBoost ${peer.error}), accuracy ${ours.accuracy}`);
    if (measured) expect(measured.error).toBeCloseTo(peer.error, 4);
    if (set === 'diabetes') expect(Math.abs(ours.error / peer.error - 1)).toBeLessThan(0.01);
    else expect(Math.abs(ours.error - peer.error)).toBeLessThan(0.005);
    if (peer.accuracy !== undefined) {
      // One row may stand on the other side of the threshold.
      const slack = Math.max(0.005, 1.5 / (told[set]?.held ?? 1));
      expect(Math.abs((ours.accuracy ?? 0) - peer.accuracy)).toBeLessThan(slack);
    }
  });

  it.each(['breast-cancer', 'wine-0', 'iris-1-2', 'digits-8'])(
    "logistic regression on %s is scikit-learn's",
    async (set) => {
      const args = { alg_alpha: 1, alg_iters: 100, feature_size: told[set]?.features, l2: 1, header: true };
      const trained = await run('builtin-logistic-regression-train', args, {
        training_data: file(`${set}-scaled`),
      });
      expect(JSON.parse(trained.text)).toMatchObject({ solver: 'newton', converged: true });
      const inputs = {
        model_file: trained.outputs['model_file'] ?? '',
        data_file: file(`${set}-scaled-held`),
      };
      const predicted = await run('builtin-logistic-regression-predict', { header: true }, inputs);
      const ours = await score(set, predicted.outputs['result_file'] ?? '');
      const peer = told[set]?.peers['sklearn-logistic'] as Score;
      console.log(`${set}: log loss ${ours.error.toFixed(6)}, scikit-learn's ${peer.error.toFixed(6)}`);
      expect(ours.error).toBeCloseTo(peer.error, 5);
      expect(ours.accuracy).toBeCloseTo(peer.accuracy ?? 0, 9);
    },
  );
});
