import { logisticPredictEntry } from '@gaiwan/catalogue/entries';
import { decodeArguments } from '../arguments/decode.ts';
import { givenOf, refuseMisspelt } from '../arguments/given.ts';
import type { CataloguedFunction } from '../function.ts';
import { sigmoid } from '../kernels/logistic/descent.ts';
import { dot } from '../kernels/logistic/dot.ts';
import { fillRows } from '../tables/fill.ts';
import { openPrediction } from '../tables/prediction.ts';
import { formatDebug, formatFixed } from '../text/format.ts';
import { TextWriter } from '../text/text-writer.ts';
import { readModel } from './model.ts';

/** Predicts probabilities with a model of logistic regression (contract 1.7). Memory: the model and a batch of rows. */
export const logisticPredict: CataloguedFunction = {
  name: logisticPredictEntry.name,
  entry: logisticPredictEntry,
  async run(context) {
    // Teaclave's has no arguments.
    refuseMisspelt(context, logisticPredictEntry.arguments, []);
    const args = decodeArguments(context.args, logisticPredictEntry.arguments, { explain: true });
    const modelFile = context.input('model_file');
    const dataFile = context.input('data_file');
    const { weights, table } = await readModel(modelFile);
    const givenOptions = givenOf(context.args, logisticPredictEntry.arguments).length > 0;
    const teaclave = !table && !givenOptions;
    const features = weights.length - 1;
    const fill = table?.fill;
    const prediction = openPrediction(dataFile, {
      features,
      table,
      args,
      givenOptions,
      format: { trim: !teaclave, missing: fill !== undefined },
    });
    const writer = new TextWriter(context.output('result_file'));
    const write = teaclave ? (one: number) => formatFixed(one, 4) : formatDebug;
    const row = new Float64Array(weights.length).fill(1);
    for await (const batch of prediction.batches()) {
      if (fill) fillRows(batch, fill);
      for (let i = 0; i < batch.rows; i++) {
        row.set(batch.values.subarray(i * features, (i + 1) * features), 1);
        writer.add(`${write(sigmoid(dot(row, 0, weights, weights.length)))}\n`);
      }
      await writer.flush();
    }
    await writer.close();
    return teaclave ? `Predicted ${prediction.count} lines of data.` : prediction.describe();
  },
};
