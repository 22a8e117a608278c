import { boolean, decodeArguments } from '../catalogue/arguments.ts';
import type { CataloguedFunction } from '../function.ts';
import { sigmoid } from '../kernels/logistic/descent.ts';
import { dot } from '../kernels/logistic/dot.ts';
import { formatFixed } from '../text/format.ts';
import { rowBatches } from '../text/rows.ts';
import { TextWriter } from '../text/whole.ts';
import { readModel } from './model.ts';

const declared = {
  header: boolean('Whether the first line has the names of the columns', { default: false }),
} as const;

/** Predicts probabilities with a model of logistic regression (contract 1.7). Memory: the model and a batch of rows. */
export const logisticPredict: CataloguedFunction = {
  name: 'builtin-logistic-regression-predict',
  entry: {
    summary: 'Predicts probabilities with a model of logistic regression.',
    details: 'One row of features a line, separated by commas. Rows are streamed. Memory: the model.',
    arguments: declared,
    inputs: [
      { name: 'model_file', text: 'what `builtin-logistic-regression-train` made' },
      { name: 'data_file', text: 'CSV of features, without labels' },
    ],
    outputs: [{ name: 'result_file', text: 'one probability a line, with four decimals' }],
    returns: '`Predicted N lines of data.`',
    example: {
      arguments: {},
      inputs: { model_file: '{"alpha":0.3,"iters":9,"parameters":[0.0,1.0]}', data_file: '0\n2\n' },
      outputs: { result_file: '0.5000\n0.8808\n' },
      returns: 'Predicted 2 lines of data.',
    },
  },
  async run(context) {
    const { header } = decodeArguments(context.args, declared, { explain: true });
    const modelFile = context.input('model_file');
    const dataFile = context.input('data_file');
    const { weights } = await readModel(modelFile);
    const writer = new TextWriter(context.output('result_file'));
    const row = new Float64Array(weights.length).fill(1);
    let count = 0;
    for await (const { values, rows, columns } of rowBatches(dataFile, {
      columns: weights.length - 1,
      header,
    })) {
      for (let i = 0; i < rows; i++) {
        row.set(values.subarray(i * columns, (i + 1) * columns), 1);
        writer.add(`${formatFixed(sigmoid(dot(row, 0, weights, weights.length)), 4)}\n`);
      }
      count += rows;
      await writer.flush();
    }
    await writer.close();
    return `Predicted ${count} lines of data.`;
  },
};
