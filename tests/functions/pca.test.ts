import { builtins } from '@gaiwan/functions';
import { beforeAll, describe, expect, it } from 'vitest';
import { runFunction } from '../../packages/functions/src/testing/run.ts';
import { askPython, csv, generator, hasSklearn } from './support/python.ts';

const SCRIPT = `
import json, sys
import numpy as np
from sklearn.decomposition import PCA
def answer(given):
    pca = PCA(n_components=given["n"], svd_solver="full")
    projected = pca.fit_transform(np.array(given["rows"]))
    return {"components": pca.components_.tolist(), "variance": pca.explained_variance_.tolist(),
            "ratio": pca.explained_variance_ratio_.tolist(), "projected": projected.tolist()}
print(json.dumps({name: answer(given) for name, given in json.load(sys.stdin).items()}))
`;

interface Answer {
  readonly components: readonly (readonly number[])[];
  readonly variance: readonly number[];
  readonly ratio: readonly number[];
  readonly projected: readonly (readonly number[])[];
}

/** Gaussian enough. */
function normal(random: () => number): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random();
  return sum;
}

const sets: Readonly<Record<string, { n: number; rows: number[][] }>> = {
  'ten columns with a few strong directions': {
    n: 4,
    rows: (() => {
      const random = generator(1);
      return Array.from({ length: 800 }, () => {
        const hidden = Array.from({ length: 4 }, (_, k) => normal(random) * 2 ** (4 - k));
        return Array.from({ length: 10 }, (_, j) =>
          hidden.reduce((sum, one, k) => sum + one * Math.cos((j + 1) * (k + 1)), 0.1 * normal(random)),
        );
      });
    })(),
  },
  'columns of very different size, far from zero': {
    n: 3,
    rows: (() => {
      const random = generator(2);
      return Array.from({ length: 500 }, () =>
        Array.from({ length: 5 }, (_, j) => 10 ** (j + 2) + 3 ** j * normal(random)),
      );
    })(),
  },
  'more columns than rows': {
    n: 6,
    rows: (() => {
      const random = generator(3);
      return Array.from({ length: 20 }, (_, i) =>
        Array.from({ length: 40 }, (_, j) => normal(random) + 5 * Math.sin(i * j)),
      );
    })(),
  },
};

/** Largest difference, relative to the largest of `b`; the sign may be another. */
function difference(a: readonly number[], b: readonly number[]): number {
  const size = Math.max(...b.map(Math.abs));
  const by = (sign: number) => Math.max(...a.map((one, i) => Math.abs(one - sign * (b[i] as number))));
  return Math.min(by(1), by(-1)) / size;
}

describe.skipIf(!hasSklearn)('PCA beside scikit-learn (skipped: python3 has no sklearn)', () => {
  const each = Object.keys(sets).flatMap((name) =>
    ['golub-reinsch', 'covariance'].map((solver) => [name, solver] as const),
  );
  // One process for all: what takes long is to load scikit-learn.
  let answers: Readonly<Record<string, Answer>>;
  beforeAll(() => {
    answers = askPython(SCRIPT, sets);
  });
  it.each(each)('%s, %s', async (name, solver) => {
    const { n, rows } = sets[name] as { n: number; rows: number[][] };
    const answer = answers[name] as Answer;
    const args = { n, center: true, feature_size: rows[0]?.length, solver, report: true };
    const builtin = builtins.get('builtin_principal_components_analysis');
    const ran = await runFunction(builtin, args, { input_data: csv(rows.map((row) => [...row, 0])) });
    const report = JSON.parse(ran.text) as {
      components: number[][];
      explained_variance: number[];
      explained_variance_ratio: number[];
    };
    const projected = (ran.outputs['output_data'] as string)
      .trim()
      .split('\n')
      .map((line) => line.split(',').map(Number));
    for (let k = 0; k < n; k++) {
      expect(difference(report.components[k] ?? [], answer.components[k] ?? [])).toBeLessThan(1e-8);
      const [mine, theirs] = [projected, answer.projected].map((all) => all.map((row) => row[k] as number));
      expect(difference(mine ?? [], theirs ?? [])).toBeLessThan(1e-8);
    }
    expect(difference(report.explained_variance, answer.variance)).toBeLessThan(1e-10);
    expect(difference(report.explained_variance_ratio, answer.ratio)).toBeLessThan(1e-10);
  });
});
