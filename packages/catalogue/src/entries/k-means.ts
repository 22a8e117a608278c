import { defineEntry } from '../entry.ts';
import {
  decimalMark,
  delimiter,
  groupMark,
  header,
  missing,
  resultFormat,
  seed,
  tableFormat,
} from '../table-arguments.ts';

export const kMeansEntry = defineEntry({
  name: 'builtin-kmeans',
  summary: 'Groups rows around centers, so that the squared distances to them are small (k-means).',
  details:
    'k-means++ for the beginning, then the iteration of Lloyd. Columns should have comparable units: scale them before. Memory: 8 bytes for each number, and for each row 12 (while beginning 40 + 8 ln(clusters)).',
  arguments: {
    clusters: { type: 'unsigned', text: 'How many groups', minimum: 1, maximum: 10_000 },
    feature_size: {
      type: 'unsigned',
      text: 'Columns; with a header it may be left out',
      minimum: 1,
      maximum: 100_000,
      default: undefined,
    },
    header,
    columns: {
      type: 'strings',
      text: 'With `header`: the columns to take, in this order; no other is looked at',
      default: undefined,
    },
    missing,
    seed: {
      ...seed,
      text: 'Decides the beginning: the same seed and data give the same result',
    },
    restarts: {
      type: 'unsigned',
      text: 'Beginnings to try; the best result is kept',
      minimum: 1,
      maximum: 100,
      default: 1,
    },
    max_iterations: {
      type: 'unsigned',
      text: 'Iterations of each try',
      minimum: 1,
      maximum: 100_000,
      default: 300,
    },
    tolerance: {
      type: 'float',
      text: 'Stops when the centers move less, relative to the mean variance of the columns',
      minimum: 0,
      maximum: 1,
      default: 1e-4,
    },
    delimiter,
    decimal_mark: decimalMark,
    group_mark: groupMark,
    format: tableFormat,
    result_format: resultFormat,
  },
  inputs: [{ name: 'input_data', text: 'CSV of finite numbers', table: { header: 'header' } }],
  outputs: [
    {
      name: 'centers',
      text: 'CSV: the centers, in order, below the names of the columns where there is a header',
    },
    { name: 'assignments', text: 'For each row the number of its center, from 0' },
  ],
  returns:
    'JSON: {"rows","clusters","inertia","iterations","converged"}; inertia is the sum of squared distances; with `missing` `mean` "filled_in", how many values were',
  example: {
    arguments: { clusters: 2, header: true },
    inputs: { input_data: 'x,y\n0,0\n0,2\n10,0\n10,2\n' },
    outputs: { centers: 'x,y\n10.0,1.0\n0.0,1.0\n', assignments: '1\n1\n0\n0\n' },
    returns: '{"rows":4,"clusters":2,"inertia":4,"iterations":2,"converged":true}',
  },
});
