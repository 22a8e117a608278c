import { boolean, decodeArguments, float, string, unsigned } from '../catalogue/arguments.ts';
import { type CataloguedFunction, FunctionError } from '../function.ts';
import { descend } from '../kernels/logistic/descent.ts';
import { newton } from '../kernels/logistic/newton.ts';
import { allocate, readTable, type Table } from '../text/table.ts';
import { writeModel } from './model.ts';

/** The curvature is a square of so many numbers a side. */
const MOST_FEATURES = 4096;

const contract = {
  alg_alpha: float('Length of a step, above 0; not used by `newton`'),
  alg_iters: unsigned('The most iterations'),
  feature_size: unsigned('Columns before the label'),
} as const;

const ours = {
  solver: string('`gradient-descent`: as Teaclave; `newton`: to the optimum, for large data', {
    choices: ['gradient-descent', 'newton'],
    default: 'gradient-descent',
  }),
  l2: float(
    '`newton`: penalty, l2 / 2 times the squares of the weights but the intercept (1 / C of scikit-learn)',
    {
      minimum: 0,
      default: 0,
    },
  ),
  tolerance: float("`newton`: ends when no part of the mean loss's gradient is larger", {
    minimum: 0,
    default: 1e-8,
  }),
  header: boolean('Whether the first line has the names of the columns', { default: false }),
  label: string("With `header`: the label's column; the last one if left out", { default: undefined }),
} as const;

/** The table's rows with a 1 before each. */
function withOnes({ values, rows, features }: Table): Float64Array {
  const matrix = allocate(8, rows * (features + 1), rows);
  for (let row = 0, at = 0; row < rows; row++, at += features + 1) {
    matrix[at] = 1;
    matrix.set(values.subarray(row * features, (row + 1) * features), at + 1);
  }
  return matrix;
}

/** Trains logistic regression (contract 1.6), step by step as Teaclave does, or to the optimum. */
export const logisticTrain: CataloguedFunction = {
  name: 'builtin-logistic-regression-train',
  entry: {
    summary: 'Trains logistic regression for two classes.',
    details:
      'Rows of `feature_size` numbers and a label, 0 or 1, separated by commas. `gradient-descent` gives what ' +
      'Teaclave gives, byte for byte: `alg_iters` steps from weights of 0.5, without a penalty; memory 16 bytes a ' +
      'number. `newton` finds the optimum in a few passes; memory 8 bytes a number.',
    arguments: { ...contract, ...ours },
    inputs: [{ name: 'training_data', text: 'CSV of features and a label' }],
    outputs: [{ name: 'model_file', text: 'the model as JSON, the intercept first' }],
    returns: '`Trained N lines of data.`',
    example: {
      arguments: { alg_alpha: 0.5, alg_iters: 1, feature_size: 1 },
      inputs: { training_data: '-1,0\n1,1\n' },
      outputs: { model_file: '{"alpha":0.5,"iters":1,"parameters":[0.4422353553424988,0.6922353553424988]}' },
      returns: 'Trained 2 lines of data.',
    },
  },
  async run(context) {
    const given = decodeArguments(context.args, contract);
    const { solver, l2, tolerance, header, label } = decodeArguments(context.args, ours, { explain: true });
    const { alg_alpha: alpha, alg_iters: iterations, feature_size: features } = given;
    if (!(alpha > 0)) throw new FunctionError(`The argument "alg_alpha" must be above 0, not ${alpha}.`);
    if (label !== undefined && !header) {
      throw new FunctionError('The argument "label" names a column: it needs "header".');
    }
    if (solver === 'newton' && features > MOST_FEATURES) {
      throw new FunctionError(`The argument "feature_size" must be at most ${MOST_FEATURES} with "newton".`);
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
    if (rows === 0) throw new FunctionError('The training data have no rows.');
    const values = table.values as Float64Array;
    const labels = table.labels as Float64Array;
    const output = context.output('model_file');
    let weights: Float64Array;
    if (solver === 'newton') {
      const fit = newton({ values, labels, rows, features }, { l2, tolerance, iterations });
      ({ weights } = fit);
      const ended = fit.converged ? 'Converged' : 'Not converged: the tolerance was not reached';
      context.log(`${ended} after ${fit.iterations} iterations.`);
    } else weights = descend(withOnes(table), labels, features + 1, alpha, iterations);
    await writeModel({ alpha, iterations, weights }, output);
    return `Trained ${rows} lines of data.`;
  },
};
