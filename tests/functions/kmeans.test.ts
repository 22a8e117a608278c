import { builtins } from '@gaiwan/functions';
import { beforeAll, describe, expect, it } from 'vitest';
import { runFunction } from '../../packages/functions/src/testing/run.ts';
import { askPython, csv, generator, hasSklearn } from './support/python.ts';

const SCRIPT = `
import json, sys
import numpy as np
from sklearn.cluster import KMeans
def answer(given):
    found = KMeans(given["clusters"], n_init=20, tol=0, max_iter=1000, random_state=0).fit(np.array(given["rows"]))
    return {"centers": found.cluster_centers_.tolist(), "labels": found.labels_.tolist(), "inertia": found.inertia_}
print(json.dumps({name: answer(given) for name, given in json.load(sys.stdin).items()}))
`;

interface Answer {
  readonly centers: readonly (readonly number[])[];
  readonly labels: readonly number[];
  readonly inertia: number;
}

/** Round groups of random size around corners of a grid. */
function groups(
  seed: number,
  clusters: number,
  columns: number,
  rows: number,
  spread: number,
  offset = 0,
): number[][] {
  const random = generator(seed);
  const corners = Array.from({ length: clusters }, (_, k) =>
    Array.from({ length: columns }, (_, j) => offset + 10 * (((k >> (j % 5)) & 1) + random())),
  );
  return Array.from({ length: rows }, () => {
    const corner = corners[Math.floor(random() ** 2 * clusters)] as number[];
    return corner.map((one) => one + spread * (random() + random() + random() - 1.5));
  });
}

describe.skipIf(!hasSklearn)('k-means beside scikit-learn (skipped: python3 has no sklearn)', () => {
  const sets: Readonly<Record<string, { readonly clusters: number; readonly rows: number[][] }>> = {
    'groups far from each other': { clusters: 5, rows: groups(1, 5, 3, 2000, 1) },
    'groups that touch, in twelve columns': { clusters: 8, rows: groups(2, 8, 12, 3000, 4) },
    'groups far from zero': { clusters: 4, rows: groups(3, 4, 2, 1000, 2, 1e6) },
  };
  // One process for all: what takes long is to load scikit-learn.
  let answers: Readonly<Record<string, Answer>>;
  beforeAll(() => {
    answers = askPython(SCRIPT, sets);
  });
  it.each(Object.entries(sets))('%s', async (name, { clusters, rows }) => {
    const answer = answers[name] as Answer;
    const args = {
      clusters,
      feature_size: rows[0]?.length,
      restarts: 20,
      tolerance: 0,
      max_iterations: 1000,
    };
    const { text, outputs } = await runFunction(builtins.get('builtin-kmeans'), args, {
      input_data: csv(rows),
    });
    const { inertia, converged } = JSON.parse(text) as { inertia: number; converged: boolean };
    expect(converged).toBe(true);
    expect(Math.abs(inertia / answer.inertia - 1)).toBeLessThan(1e-8);
    const labels = (outputs['assignments'] as string).trim().split('\n').map(Number);
    const centers = (outputs['centers'] as string)
      .trim()
      .split('\n')
      .map((line) => line.split(',').map(Number));
    // Clusters have no order: theirs by ours, as the first row of each has it.
    for (let k = 0; k < clusters; k++) {
      const theirs = answer.labels[labels.indexOf(k)] as number;
      labels.forEach((label, row) => {
        if (label === k) expect(answer.labels[row]).toBe(theirs);
      });
      for (const [j, one] of (centers[k] ?? []).entries())
        expect(Math.abs(one / (answer.centers[theirs]?.[j] as number) - 1)).toBeLessThan(1e-8);
    }
  });
});
