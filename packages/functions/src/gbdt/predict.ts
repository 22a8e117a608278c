import { gbdtPredictEntry } from '@gaiwan/catalogue/entries';
import { decodeArguments } from '../arguments/decode.ts';
import { givenOf, refuseMisspelt } from '../arguments/given.ts';
import type { CataloguedFunction } from '../function.ts';
import { Forest } from '../kernels/gbdt/forest.ts';
import { openPrediction } from '../tables/prediction.ts';
import { formatF32, formatFixed } from '../text/format.ts';
import { TextWriter } from '../text/text-writer.ts';
import { readModel } from './read.ts';

/**
 * Predicts with a GBDT model (contract 1.5). Fields may have blanks around them. Missing values go where the model has
 * learned; a model that has not refuses them. Memory: the model and a batch of rows.
 */
export const gbdtPredict: CataloguedFunction = {
  name: gbdtPredictEntry.name,
  entry: gbdtPredictEntry,
  async run(context) {
    // Teaclave's has no arguments.
    refuseMisspelt(context, gbdtPredictEntry.arguments, []);
    const args = decodeArguments(context.args, gbdtPredictEntry.arguments, { explain: true });
    const modelFile = context.input('model_file');
    const dataFile = context.input('data_file');
    const { model, table } = await readModel(modelFile);
    const forest = new Forest(model);
    const givenOptions = givenOf(context.args, gbdtPredictEntry.arguments).length > 0;
    const teaclave = !table && !givenOptions;
    const writer = new TextWriter(context.output('result_file'));
    const rows = openPrediction(dataFile, {
      features: model.settings.features,
      table,
      args,
      givenOptions,
      ignoresTrailing: !table && (!givenOptions || args.extra_columns === 'ignore'),
      format: { single: true, trim: true, emptyField: 'Empty feature', missing: forest.takesMissing },
    });
    const write = teaclave ? (one: number) => formatFixed(one, 10) : formatF32;
    for await (const batch of rows.batches()) {
      for (const prediction of forest.predict(batch)) writer.add(`${write(prediction)}\n`);
      await writer.flush();
    }
    await writer.close();
    if (teaclave && rows.ignored > 0) {
      context.log(
        `Rows have up to ${rows.ignored} columns more than the ${model.settings.features} that the model was trained on: they were ignored.`,
      );
    }
    return teaclave ? `Predict result has ${rows.count} lines of data.` : rows.describe();
  },
};
