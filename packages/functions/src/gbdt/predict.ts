import { boolean, decodeArguments } from '../catalogue/arguments.ts';
import type { CataloguedFunction } from '../function.ts';
import { Forest } from '../kernels/gbdt/forest.ts';
import { formatFixed } from '../text/format.ts';
import { rowBatches } from '../text/rows.ts';
import { TextWriter } from '../text/whole.ts';
import { exampleModel } from './example.ts';
import { readModel } from './read.ts';

const declared = {
  header: boolean('Whether the first line has the names of the columns', { default: false }),
} as const;

/**
 * Predicts with a GBDT model (contract 1.5). Fields may have blanks around them; further columns are ignored. A value
 * that is not a number goes right. Memory: the model and a batch of rows.
 */
export const gbdtPredict: CataloguedFunction = {
  name: 'builtin-gbdt-predict',
  entry: {
    summary: 'Predicts with a model of gradient boosted trees.',
    details: 'One row of features a line, separated by commas. Rows are streamed. Memory: the model.',
    arguments: declared,
    inputs: [
      { name: 'model_file', text: 'what `builtin-gbdt-train` made' },
      { name: 'data_file', text: 'CSV of features, without labels' },
    ],
    outputs: [{ name: 'result_file', text: 'one prediction a line, with ten decimals' }],
    returns: '`Predict result has N lines of data.`',
    example: {
      arguments: {},
      inputs: { model_file: exampleModel, data_file: '0.5, 7\n2.5, 7\n' },
      outputs: { result_file: '1.0000000000\n3.0000000000\n' },
      returns: 'Predict result has 2 lines of data.',
    },
  },
  async run(context) {
    const { header } = decodeArguments(context.args, declared, { explain: true });
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
