/**
 * Histogram training of 100 trees on 100,000 rows of 28 features beside XGBoost's `hist` and scikit-learn's
 * HistGradientBoostingClassifier, one thread each, turn by turn. The peers get arrays in memory. Ours is shown twice:
 * the training alone, and the whole function from CSV to the model's JSON.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { trainHistogram } from '../packages/functions/src/gbdt/hist/train.ts';
import { growthTable, makeRandom, median, repeat, report, runOnChunks } from './models.ts';
import { hasPython, PythonPeer } from './peer.ts';

const [ROWS, TEST, FEATURES, TREES, DEPTH, ROUNDS] = [100_000, 20_000, 28, 100, 6, 5];
const GOAL = 1.3;

interface Data {
  /** Row-major. */
  readonly x: Float32Array<ArrayBuffer>;
  readonly y: Float32Array<ArrayBuffer>;
}

function makeData(rows: number): Data {
  const { normal, logistic } = makeRandom(7);
  const weights = Array.from({ length: FEATURES }, () => normal() * 0.4);
  const x = new Float32Array(rows * FEATURES).map(normal);
  const y = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const at = (c: number) => x[row * FEATURES + c] as number;
    let margin = Math.sin(2 * at(0)) * 1.5 + at(1) * at(2) + (at(3) > 0.5 ? 2 * at(4) : 0);
    for (const [c, weight] of weights.entries()) margin += weight * at(c);
    y[row] = margin + logistic() > 0 ? 1 : 0;
  }
  return { x, y };
}

function toCsv({ x, y }: Data, begin: number, end: number, labels: boolean): Buffer {
  const lines: string[] = [];
  for (let row = begin; row < end; row++) {
    const fields = Array.from(x.subarray(row * FEATURES, (row + 1) * FEATURES), (value) =>
      value.toPrecision(9),
    );
    if (labels) fields.push(String(y[row]));
    lines.push(fields.join(','));
  }
  return Buffer.from(`${lines.join('\n')}\n`);
}

const args = {
  feature_size: FEATURES,
  max_depth: DEPTH,
  iterations: TREES,
  shrinkage: 0.1,
  feature_sample_ratio: 1,
  data_sample_ratio: 1,
  min_leaf_size: 1,
  loss: 'binary:logistic',
  training_optimization_level: 2,
  tree_method: 'hist',
};

/** Milliseconds of the training alone, on columns in memory. */
function trainAlone({ x, y }: Data): number {
  const values = new Float32Array(ROWS * FEATURES);
  for (let row = 0; row < ROWS; row++) {
    for (let c = 0; c < FEATURES; c++) values[c * ROWS + row] = x[row * FEATURES + c] as number;
  }
  const table = {
    rows: ROWS,
    features: FEATURES,
    values,
    stride: ROWS,
    labels: y.subarray(0, ROWS),
    names: undefined,
  };
  const settings = {
    features: FEATURES,
    maxDepth: DEPTH,
    iterations: TREES,
    shrinkage: Math.fround(0.1),
    featureSampleRatio: 1,
    dataSampleRatio: 1,
    minLeafSize: 1,
    loss: 'BinaryLogistic' as const,
    optimizationLevel: 2,
  };
  const importance = { splits: new Float64Array(FEATURES), gain: new Float64Array(FEATURES) };
  const begin = performance.now();
  trainHistogram(table, settings, { maxBins: 256, minChildWeight: 1, l2: 1, seed: 0 }, importance);
  return performance.now() - begin;
}

/** AUC of a model on the rows that it was not trained on. */
async function auc(data: Data, model: Buffer): Promise<number> {
  const features = toCsv(data, ROWS, ROWS + TEST, false);
  const inputs = { model_file: () => [model], data_file: () => [features] };
  const predicted = await runOnChunks('builtin-gbdt-predict', {}, inputs);
  const labels = Buffer.from(data.y.subarray(ROWS).join('\n'));
  const both = { labels: () => [labels], predictions: () => [predicted.outputs['result_file'] as Buffer] };
  return JSON.parse((await runOnChunks('builtin-model-metrics', { task: 'classification' }, both)).text).auc;
}

async function measure(folder: string): Promise<void> {
  const data = makeData(ROWS + TEST);
  const file = join(folder, 'gbdt.bin');
  writeFileSync(file, Buffer.concat([Buffer.from(data.x.buffer), Buffer.from(data.y.buffer)]));
  const csv = toCsv(data, 0, ROWS, true);
  const peer = new PythonPeer('gbdt.py', file, ROWS, TEST, FEATURES, TREES, DEPTH);
  const versions = await peer.versions();
  const times = {
    alone: [] as number[],
    whole: [] as number[],
    xgboost: [] as number[],
    sklearn: [] as number[],
  };
  const aucs = { ours: 0, xgboost: 0, sklearn: 0 };
  for (let round = 0; round <= ROUNDS; round++) {
    const alone = trainAlone(data);
    const whole = await runOnChunks('builtin-gbdt-train', args, { training_data: () => [csv] }, csv.length);
    const xgboost = (await peer.ask('xgboost')) as { ms: number; auc: number };
    const sklearn = (await peer.ask('sklearn')) as { ms: number; auc: number };
    // The first round warms up and is checked.
    if (round === 0) {
      aucs.ours = await auc(data, whole.outputs['trained_model'] as Buffer);
      Object.assign(aucs, { xgboost: xgboost.auc, sklearn: sklearn.auc });
      continue;
    }
    times.alone.push(alone);
    times.whole.push(whole.ms);
    times.xgboost.push(xgboost.ms);
    times.sklearn.push(sklearn.ms);
  }
  peer.close();
  const print = (what: string, values: number[], score: number) =>
    console.log(`${what.padEnd(46)} ${median(values).toFixed(0).padStart(6)} ms   AUC ${score.toFixed(5)}`);
  print('ours: training, columns in memory', times.alone, aucs.ours);
  print(`ours: ${(csv.length / 1e6).toFixed(0)} MB of CSV to the model's JSON`, times.whole, aucs.ours);
  print(`XGBoost ${versions['xgboost']} hist, arrays in memory`, times.xgboost, aucs.xgboost);
  print(`scikit-learn ${versions['sklearn']} HGB, arrays in memory`, times.sklearn, aucs.sklearn);
  const ratio = median(times.alone) / median(times.xgboost);
  const all = median(times.whole) / median(times.xgboost);
  console.log(
    `ratio ours / XGBoost: ${ratio.toFixed(2)}, whole function ${all.toFixed(2)} (goal <= ${GOAL}: ${all <= GOAL ? 'met' : 'missed'})`,
  );
}

/** One run for the growth table: the same 10,000 rows over and over. */
async function grow(rows: number): Promise<void> {
  const block = toCsv(makeData(10_000), 0, 10_000, true);
  const times = rows / 10_000;
  const inputs = { training_data: () => repeat(block, times) };
  report(
    (await runOnChunks('builtin-gbdt-train', { ...args, iterations: 20 }, inputs, block.length * times)).ms,
  );
}

export async function run(): Promise<void> {
  console.log(
    `gbdt: ${ROWS} x ${FEATURES}, ${TREES} trees of depth ${DEPTH}, one thread, median of ${ROUNDS}`,
  );
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-bench-'));
  try {
    if (hasPython('xgboost', 'sklearn')) await measure(folder);
    else console.log('skipped: python3 has no xgboost and scikit-learn here (bench/peers/requirements.txt)');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log('growth, from CSV to the model, 20 trees:');
  growthTable(fileURLToPath(import.meta.url));
}

if (process.argv[2] === 'grow') await grow(Number(process.argv[3]));
else if (process.argv[1] === fileURLToPath(import.meta.url)) await run();
