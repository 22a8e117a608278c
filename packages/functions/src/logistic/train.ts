import { logisticTrainContract, logisticTrainEntry, logisticTrainOptions } from '@gaiwan/catalogue/entries';
import { decodeArguments } from '../arguments/decode.ts';
import type { CataloguedFunction } from '../function.ts';
import { descend } from '../kernels/logistic/descent.ts';
import { newton } from '../kernels/logistic/newton.ts';
import { allocateNumbers, type Doubles, type Table } from '../kernels/table.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import { readTable } from '../text/table.ts';
import { writeModel } from './model.ts';

/** The curvature is a square of so many numbers a side. */
const MOST_FEATURES = limits.newtonFeatures.value;

/** The table's rows with a 1 before each. */
function withOnes({ values, rows, features }: Table<Doubles>): Float64Array {
  const matrix = allocateNumbers(8, rows * (features + 1), rows);
  for (let row = 0, at = 0; row < rows; row++, at += features + 1) {
    matrix[at] = 1;
    matrix.set(values.subarray(row * features, (row + 1) * features), at + 1);
  }
  return matrix;
}

/** Trains logistic regression (contract 1.6), step by step as Teaclave does, or to the optimum. */
export const logisticTrain: CataloguedFunction = {
  name: logisticTrainEntry.name,
  entry: logisticTrainEntry,
  async run(context) {
    const given = decodeArguments(context.args, logisticTrainContract);
    const { solver, l2, tolerance, header, label } = decodeArguments(context.args, logisticTrainOptions, {
      explain: true,
    });
    const { alg_alpha: alpha, alg_iters: iterations, feature_size: features } = given;
    if (!(alpha > 0))
      throw new FunctionError('invalid-arguments', `The argument "alg_alpha" must be above 0, not ${alpha}.`);
    if (label !== undefined && !header) {
      throw new FunctionError('invalid-arguments', 'The argument "label" names a column: it needs "header".');
    }
    if (solver === 'newton' && features > MOST_FEATURES) {
      throw new FunctionError(
        'invalid-arguments',
        `The argument "feature_size" must be at most ${MOST_FEATURES} with "newton".`,
      );
    }
    const table = await readTable(context.input('training_data'), {
      columns: features + 1,
      bytes: 8,
      finite: true,
      layout: 'rows',
      label: 'keep',
      labelName: label,
      header,
      locate: solver === 'newton',
    });
    const { rows } = table;
    if (rows === 0) throw new FunctionError('invalid-input', 'The training data have no rows.');
    const { values, labels } = table;
    const output = context.output('model_file');
    let weights: Float64Array;
    if (solver === 'newton') {
      const fit = newton({ values, labels, rows, features }, { l2, tolerance, iterations });
      ({ weights } = fit);
      const ended = fit.converged ? 'Converged' : 'Not converged: the tolerance was not reached';
      context.log(`${ended} after ${fit.iterations} iterations.`);
    } else weights = descend(withOnes(table), labels, features + 1, { alpha, iterations });
    await writeModel({ alpha, iterations, weights }, output);
    return `Trained ${rows} lines of data.`;
  },
};
