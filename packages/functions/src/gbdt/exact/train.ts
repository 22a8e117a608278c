/** Training by the exact algorithm of Teaclave's library, step by step as the contract describes it (1.4). */

import { type Columns, Grower } from '../../kernels/gbdt/exact/grow.ts';
import { fillTargets, startingPoint } from '../../kernels/gbdt/exact/targets.ts';
import { addToRows } from '../../kernels/gbdt/predictions.ts';
import { Random } from '../../kernels/gbdt/random.ts';
import { orderOf } from '../../kernels/gbdt/sort.ts';
import type { Importance, Model, Node, Settings, Tree } from '../../kernels/gbdt/tree.ts';
import type { Singles, Table } from '../../kernels/table.ts';
import { FunctionError } from '../../refusal.ts';

const { fround } = Math;

function sortColumns({ values, stride, rows, features }: Table<Singles>): Columns {
  const columns = Array.from({ length: features }, (_, feature) =>
    values.subarray(feature * stride, feature * stride + rows),
  );
  return { rows, columns, orders: columns.map(orderOf) };
}

function requireFinite(nodes: readonly Node[]): Tree {
  if (nodes.every(({ pred, threshold }) => Number.isFinite(pred) && Number.isFinite(threshold))) return nodes;
  throw new FunctionError(
    'unsuitable-data',
    'A tree got a value that is no number: the labels do not suit the loss (LogLikelyhood wants 1 and -1), or values are too large.',
  );
}

/**
 * Trains on a table of floats of 32 bits, columns one after the other. Time: rows * features * depth * trees.
 * Memory: 12 bytes for each value. Throws `FunctionError` for labels that do not suit the loss.
 */
export function trainExact(
  table: Table<Singles>,
  settings: Settings,
  seed: number,
  importance: Importance,
): Model {
  const { loss, iterations, shrinkage, dataSampleRatio } = settings;
  const { labels } = table;
  const bias = startingPoint(labels, loss);
  const data = sortColumns(table);
  const random = new Random(seed);
  const grower = new Grower(data, settings, random, importance);
  const predictions = new Float32Array(data.rows).fill(bias);
  const fitted = { residuals: new Float32Array(data.rows), targets: new Float32Array(data.rows) };
  const all = Uint32Array.from({ length: data.rows }, (_, row) => row);
  const wanted = Math.floor(dataSampleRatio * data.rows);
  const trees: Tree[] = [];
  for (let i = 0; i < iterations; i++) {
    const sample = wanted < data.rows ? random.sample(wanted, data.rows) : all;
    fillTargets(loss, labels, predictions, fitted);
    const nodes = grower.grow(sample, fitted, (rows, value) => {
      addToRows(predictions, rows, fround(value * shrinkage));
    });
    trees.push(requireFinite(nodes));
  }
  return { settings, trees, bias };
}
