import { logisticPredictEntry } from '@gaiwan/catalogue/entries';
import { decodeArguments } from '../arguments/decode.ts';
import type { CataloguedFunction } from '../function.ts';
import { sigmoid } from '../kernels/logistic/descent.ts';
import { dot } from '../kernels/logistic/dot.ts';
import { formatFixed } from '../text/format.ts';
import { rowBatches } from '../text/rows.ts';
import { TextWriter } from '../text/text-writer.ts';
import { readModel } from './model.ts';

/** Predicts probabilities with a model of logistic regression (contract 1.7). Memory: the model and a batch of rows. */
export const logisticPredict: CataloguedFunction = {
  name: logisticPredictEntry.name,
  entry: logisticPredictEntry,
  async run(context) {
    const { header } = decodeArguments(context.args, logisticPredictEntry.arguments, { explain: true });
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
