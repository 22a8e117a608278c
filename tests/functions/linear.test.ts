/** Linear regression beside scikit-learn's, on its bundled data sets and on columns of very different sizes. */
import { describe, expect, it } from 'vitest';
import { builtins } from '../../packages/functions/src/index.ts';
import { runFunction } from '../../packages/functions/src/testing/run.ts';
import { askPython, csv, generator, hasSklearn } from './support/python.ts';

/**
 * Trains on all rows but every third, with each penalty, and predicts those. By default LinearRegression takes columns that
 * are a millionth as large as others for zeros, however much they explain: hence `tol`.
 */
const SCRIPT = `
import json, sys
import numpy as np
from sklearn import datasets
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import r2_score, root_mean_squared_error
given = json.load(sys.stdin)
sets = {"given": (np.array(given["rows"])[:, :-1], np.array(given["rows"])[:, -1])}
for name, load in (("diabetes", datasets.load_diabetes), ("breast-cancer", datasets.load_breast_cancer), ("linnerud", datasets.load_linnerud)):
    data = load()
    sets[name] = (data.data, data.target if data.target.ndim == 1 else data.target[:, 0])
told = {}
for name, (x, y) in sets.items():
    held = np.arange(len(y)) % 3 == 0
    for l2 in given["penalties"]:
        model = LinearRegression(tol=1e-14) if l2 == 0 else Ridge(alpha=l2, solver="svd")
        model.fit(x[~held], y[~held])
        fitted = model.predict(x[~held])
        told[f"{name} {l2}"] = {
            "train": np.column_stack([x, y])[~held].tolist(), "held": x[held].tolist(), "l2": l2,
            "weights": [float(model.intercept_), *model.coef_.tolist()], "predicted": model.predict(x[held]).tolist(),
            "rmse": root_mean_squared_error(y[~held], fitted), "r2": r2_score(y[~held], fitted),
        }
print(json.dumps(told))
`;

interface Told {
  readonly train: number[][];
  readonly held: number[][];
  readonly l2: number;
  readonly weights: number[];
  readonly predicted: number[];
  readonly rmse: number;
  readonly r2: number;
}

const random = generator(7);
const rows = Array.from({ length: 3000 }, () => {
  const x = [random(), 1e6 + random(), 1e-6 * random(), 1e3 * random() - 500];
  return [...x, 3 + 2 * (x[0] ?? 0) - (x[1] ?? 0) + 1e6 * (x[2] ?? 0) + random()];
});

describe.skipIf(!hasSklearn)('beside scikit-learn (skipped: python3 has no scikit-learn here)', () => {
  const told = hasSklearn ? askPython<Record<string, Told>>(SCRIPT, { rows, penalties: [0, 0.1, 10] }) : {};
  it.each(Object.entries(told))('%s: the same weights, errors and predictions', async (_, peer) => {
    const { text, outputs } = await runFunction(
      builtins.get('builtin-linear-regression-train'),
      { feature_size: peer.weights.length - 1, l2: peer.l2 },
      { training_data: csv(peer.train) },
      { cut: 1 << 16 },
    );
    const model = outputs['model_file'] ?? '';
    const { parameters } = JSON.parse(model) as { parameters: number[] };
    const { rmse, r2 } = JSON.parse(text) as { rmse: number; r2: number };
    const close = (ours: number | undefined, theirs: number, size: number) =>
      expect(Math.abs((ours ?? Number.NaN) - theirs)).toBeLessThan(1e-7 * size);
    const largest = Math.max(...peer.weights.map(Math.abs));
    for (const [i, weight] of peer.weights.entries()) close(parameters[i], weight, largest);
    close(rmse, peer.rmse, peer.rmse);
    close(r2, peer.r2, 1);
    const predicted = await runFunction(
      builtins.get('builtin-linear-regression-predict'),
      {},
      { model_file: model, data_file: csv(peer.held) },
      { cut: 1 << 16 },
    );
    const lines = (predicted.outputs['result_file'] ?? '').trim().split('\n').map(Number);
    expect(lines).toHaveLength(peer.predicted.length);
    for (const [i, value] of peer.predicted.entries()) close(lines[i], value, Math.abs(value) + peer.rmse);
  });
});
