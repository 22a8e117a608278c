/** Statistics of columns beside numpy's, to the last digit where nothing is summed up. */
import { expect, it } from 'vitest';
import { builtins } from '../../packages/functions/src/index.ts';
import { runFunction } from '../../packages/functions/src/testing/run.ts';
import { askPython, csv, generator, hasPython } from './support/python.ts';

const SCRIPT = `
import json, sys
import numpy as np
given = json.load(sys.stdin)
rows = np.array(given["rows"])
print(json.dumps([{
    "mean": float(x.mean()), "sd": float(x.std(ddof=1)), "min": float(x.min()), "max": float(x.max()),
    "quantiles": np.quantile(x, given["quantiles"]).tolist(), "counts": np.histogram(x, given["edges"])[0].tolist(),
} for x in rows.T]))
`;

interface Figures {
  readonly mean: number;
  readonly sd: number;
  readonly min: number;
  readonly max: number;
  readonly quantiles: number[];
  readonly counts: number[];
}

it.skipIf(!hasPython('numpy'))(
  'columns are described as numpy does (skipped: python3 has no numpy here)',
  async () => {
    const random = generator(3);
    const rows = Array.from({ length: 1999 }, () => [
      random(),
      Math.round(random() * 20) / 10,
      1e8 + Math.exp(10 * random()),
    ]);
    const quantiles = [0, 0.01, 0.1, 1 / 3, 0.5, 0.617, 0.9, 0.999, 1];
    const edges = [0, 0.3, 1, 2];
    const peers = askPython<Figures[]>(SCRIPT, { rows, quantiles, edges });
    const { text } = await runFunction(
      builtins.get('builtin-column-statistics'),
      { feature_size: 3, quantiles, histograms: [1, 2, 3].map((at) => `${at}: ${edges.join(',')}`) },
      { input_data: csv(rows) },
      { cut: 1 << 16 },
    );
    const { columns } = JSON.parse(text) as { columns: (Figures & { histograms: { counts: number[] }[] })[] };
    expect(columns).toHaveLength(peers.length);
    for (const [i, peer] of peers.entries()) {
      const ours = columns[i];
      expect([ours?.min, ours?.max, ours?.quantiles]).toEqual([peer.min, peer.max, peer.quantiles]);
      expect(ours?.histograms[0]?.counts).toEqual(peer.counts);
      expect(Math.abs((ours?.mean ?? 0) / peer.mean - 1)).toBeLessThan(1e-14);
      expect(Math.abs((ours?.sd ?? 0) / peer.sd - 1)).toBeLessThan(1e-12);
    }
  },
);
