import { linearPredictEntry } from '@gaiwan/catalogue/entries';
import { decodeArguments } from '../arguments/decode.ts';
import { refuseUnknown } from '../arguments/given.ts';
import type { CataloguedFunction } from '../function.ts';
import { dot } from '../kernels/logistic/dot.ts';
import { FunctionError } from '../refusal.ts';
import { fillRows } from '../tables/fill.ts';
import { openPrediction } from '../tables/prediction.ts';
import { formatDebug } from '../text/format.ts';
import { TextWriter } from '../text/text-writer.ts';
import { readModel } from './model.ts';

/** Predicts numbers with a model of linear regression. Memory: the model and a batch of rows. */
export const linearPredict: CataloguedFunction = {
  name: linearPredictEntry.name,
  entry: linearPredictEntry,
  async run(context) {
    refuseUnknown(context.args, linearPredictEntry.arguments);
    const args = decodeArguments(context.args, linearPredictEntry.arguments, { explain: true });
    const modelFile = context.input('model_file');
    const dataFile = context.input('data_file');
    const { weights, table } = await readModel(modelFile);
    const features = weights.length - 1;
    const { fill } = table;
    const format = { trim: true, missing: fill !== undefined };
    const prediction = openPrediction(dataFile, { features, table, args, givenOptions: true, format });
    const writer = new TextWriter(context.output('result_file'));
    const row = new Float64Array(weights.length).fill(1);
    let count = 0;
    for await (const batch of prediction.batches()) {
      if (fill) fillRows(batch, fill);
      for (let i = 0; i < batch.rows; i++) {
        count++;
        row.set(batch.values.subarray(i * features, (i + 1) * features), 1);
        const predicted = dot(row, 0, weights, weights.length);
        if (!Number.isFinite(predicted)) {
          throw new FunctionError('unsuitable-data', `Row ${count}: the prediction is beyond all numbers.`);
        }
        writer.add(`${formatDebug(predicted)}\n`);
      }
      await writer.flush();
    }
    await writer.close();
    return prediction.describe();
  },
};
