import { logisticTrainEntry } from '@gaiwan/catalogue/entries';
import type { CataloguedFunction } from '../function.ts';
import { descend } from '../kernels/logistic/descent.ts';
import { newton } from '../kernels/logistic/newton.ts';
import { measureFit } from '../kernels/logistic/quality.ts';
import { allocateNumbers, type Doubles, type Table } from '../kernels/table.ts';
import { FunctionError } from '../refusal.ts';
import { fillWithMeans } from '../tables/fill.ts';
import { headerHint } from '../tables/header-hint.ts';
import { requireLabels } from '../tables/labels.ts';
import type { ModelTable } from '../tables/model-table.ts';
import { readTable } from '../text/table.ts';
import { writeModel } from './model.ts';
import { decodeOptions, type Options } from './options.ts';
import { describeFit, type Trained } from './report.ts';

/** The table's rows with a 1 before each. */
function withOnes({ values, rows, features }: Table<Doubles>): Float64Array {
  const matrix = allocateNumbers(8, rows * (features + 1), rows);
  for (let row = 0, at = 0; row < rows; row++, at += features + 1) {
    matrix[at] = 1;
    matrix.set(values.subarray(row * features, (row + 1) * features), at + 1);
  }
  return matrix;
}

function train(table: Table<Doubles>, options: Options): Trained {
  const { values, labels, rows, features } = table;
  const { alpha, iterations, solver } = options;
  if (solver === 'newton') return newton({ values, labels, rows, features }, options);
  const weights = descend(withOnes(table), labels, features + 1, { alpha, iterations });
  return { weights, iterations, converged: undefined };
}

/** Trains logistic regression (contract 1.6), step by step as Teaclave does, or to the optimum. */
export const logisticTrain: CataloguedFunction = {
  name: logisticTrainEntry.name,
  entry: logisticTrainEntry,
  async run(context) {
    const options = decodeOptions(context);
    const { alpha, iterations, features, teaclave, header, label } = options;
    const table = await readTable(context.input('training_data'), {
      columns: features + 1,
      bytes: 8,
      finite: true,
      missing: options.missing === 'mean',
      layout: 'rows',
      label: 'keep',
      labelName: label,
      header,
      locate: !teaclave,
      ...headerHint(header),
    });
    const { rows, values, labels, names } = table;
    if (rows === 0) throw new FunctionError('invalid-input', 'The training data have no rows.');
    requireLabels(labels, { low: 0, high: 1, between: false, text: 'the label must be 0 or 1' });
    const filled = options.missing === 'mean' ? fillWithMeans(table) : undefined;
    const trained = train(table, options);
    const kept: ModelTable = {
      method: options.solver,
      label,
      names,
      missing: filled?.missing ?? [],
      fill: filled?.fill,
      categories: [],
    };
    const model = { alpha, iterations, weights: trained.weights };
    await writeModel(model, teaclave ? undefined : kept, context.output('model_file'));
    const quality = measureFit({ values, labels, rows, features }, trained.weights, options.l2);
    const { text, lines } = describeFit({ rows, features, trained, quality, options, filled });
    for (const line of lines) context.log(line);
    return teaclave ? `Trained ${rows} lines of data.` : text;
  },
};
