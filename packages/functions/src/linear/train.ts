import { linearTrainEntry } from '@gaiwan/catalogue/entries';
import type { CataloguedFunction, Input } from '../function.ts';
import { LeastSquares, type LinearFit } from '../kernels/linear/least-squares.ts';
import { FunctionError } from '../refusal.ts';
import { ColumnMeans, type Filled, fillRows } from '../tables/fill.ts';
import { counted } from '../text/counted.ts';
import { METHOD, writeModel } from './model.ts';
import { decodeOptions, type Options } from './options.ts';
import { columnName, describeFit } from './report.ts';
import { labelledRows } from './rows.ts';

/** Reads all rows for the means of their features. Throws `FunctionError`. */
async function readMeans(input: Input, options: Options): Promise<Filled | undefined> {
  let means: ColumnMeans | undefined;
  let names: readonly string[] | undefined;
  for await (const batch of labelledRows(input, options)) {
    means ??= new ColumnMeans(batch.columns - 1);
    names = batch.names;
    if (batch.rows > 0) means.add(batch);
  }
  return means?.filled(names);
}

interface Trained {
  readonly fit: LinearFit;
  readonly names: readonly string[] | undefined;
}

async function train(input: Input, options: Options, filled: Filled | undefined): Promise<Trained> {
  const { l2 } = options;
  let problem: LeastSquares | undefined;
  let names: readonly string[] | undefined;
  let [rows, features] = [0, 0];
  for await (const batch of labelledRows(input, options)) {
    if (batch.rows === 0) break;
    features = batch.columns - 1;
    problem ??= new LeastSquares(features);
    names = batch.names;
    if (filled) fillRows(batch, filled.fill);
    problem.add(batch);
    rows += batch.rows;
  }
  if (!problem) throw new FunctionError('invalid-input', 'The training data have no rows.');
  if (l2 === 0 && rows <= features) {
    throw new FunctionError(
      'unsuitable-data',
      `${counted(rows, 'row')} cannot decide ${features + 1} weights: give more rows, fewer columns, or "l2" a value above 0.`,
    );
  }
  const fit = problem.solve(l2);
  if (!('dependent' in fit)) return { fit, names };
  const remedy = l2 === 0 ? '"l2" a value above 0' : 'a larger "l2"';
  throw new FunctionError(
    'unsuitable-data',
    `${columnName(names, fit.dependent)} never changes, or follows from those before it, so that no weights are the best. Leave it out, or give ${remedy}.`,
  );
}

/** Trains linear regression by least squares. Memory: 16 bytes times the square of the columns. */
export const linearTrain: CataloguedFunction = {
  name: linearTrainEntry.name,
  entry: linearTrainEntry,
  async run(context) {
    const options = decodeOptions(context.args);
    const input = context.input('training_data');
    const filled = options.missing === 'mean' ? await readMeans(input, options) : undefined;
    const { fit, names } = await train(input, options, filled);
    const table = {
      method: METHOD,
      label: options.label,
      names,
      missing: filled?.missing ?? [],
      fill: filled?.fill,
      categories: [],
    };
    await writeModel({ weights: fit.weights, table }, options.l2, context.output('model_file'));
    return describeFit(fit, names, filled);
  },
};
