import { gbdtPredictEntry } from '@gaiwan/catalogue/entries';
import { decodeArguments } from '../arguments/decode.ts';
import type { CataloguedFunction } from '../function.ts';
import { Forest } from '../kernels/gbdt/forest.ts';
import { formatFixed } from '../text/format.ts';
import { rowBatches } from '../text/rows.ts';
import { TextWriter } from '../text/text-writer.ts';
import { readModel } from './read.ts';

/**
 * Predicts with a GBDT model (contract 1.5). Fields may have blanks around them; further columns are ignored. A value
 * that is not a number goes right. Memory: the model and a batch of rows.
 */
export const gbdtPredict: CataloguedFunction = {
  name: gbdtPredictEntry.name,
  entry: gbdtPredictEntry,
  async run(context) {
    const { header } = decodeArguments(context.args, gbdtPredictEntry.arguments, { explain: true });
    const modelFile = context.input('model_file');
    const dataFile = context.input('data_file');
    const forest = new Forest(await readModel(modelFile));
    const writer = new TextWriter(context.output('result_file'));
    const format = {
      columns: forest.features,
      more: true,
      trim: true,
      single: true,
      emptyField: 'Empty feature',
      header,
    };
    let rows = 0;
    for await (const batch of rowBatches(dataFile, format)) {
      for (const prediction of forest.predict(batch)) writer.add(`${formatFixed(prediction, 10)}\n`);
      rows += batch.rows;
      await writer.flush();
    }
    await writer.close();
    return `Predict result has ${rows} lines of data.`;
  },
};
