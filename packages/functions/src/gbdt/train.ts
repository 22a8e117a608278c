import { type CataloguedFunction, FunctionError } from '../function.ts';
import type { Importance, Model } from '../kernels/gbdt/tree.ts';
import { readTable, type Table } from '../text/table.ts';
import { trainExact } from './exact/train.ts';
import { exampleData, exampleModel } from './example.ts';
import { trainHistogram } from './hist/train.ts';
import { declared, decodeOptions, type Options, requireSamples } from './options.ts';
import { writeModel } from './write.ts';

function train(table: Table, options: Options, importance: Importance): Model {
  requireSamples(options.settings, table.rows);
  const model = options.histogram
    ? trainHistogram(table, options.settings, options, importance)
    : trainExact(table, options.settings, options.seed, importance);
  if (Number.isFinite(model.bias)) return model;
  throw new FunctionError(
    'The labels are too large: their sum is beyond the numbers of 32 bits. Scale them.',
  );
}

function describe(rows: number, { splits, gain }: Importance, names: readonly string[] | undefined): string {
  const importance = Array.from(splits, (count, feature) => ({
    feature,
    ...(names && { name: names[feature] }),
    splits: count,
    gain: gain[feature],
  }));
  return JSON.stringify({ rows, importance });
}

/** Trains gradient boosted trees (contract 1.4), exactly as Teaclave does, or by histograms. */
export const gbdtTrain: CataloguedFunction = {
  name: 'builtin-gbdt-train',
  entry: {
    summary: 'Trains gradient boosted trees for regression or two classes.',
    details:
      'Rows of `feature_size` numbers and a label, separated by commas, in floats of 32 bits. The model is the same ' +
      'JSON either way. `exact` gives what Teaclave gives, byte for byte where no sample is drawn; memory 12 bytes a ' +
      'number. `hist` is for large data: 5 bytes a number and 24 a row.',
    arguments: declared,
    inputs: [{ name: 'training_data', text: 'CSV of features and a label' }],
    outputs: [{ name: 'trained_model', text: 'the model as JSON' }],
    returns:
      '`Trained N lines of data.`, or with `importance` JSON: rows, and splits and gain of each feature',
    example: {
      arguments: {
        feature_size: 2,
        max_depth: 1,
        iterations: 1,
        shrinkage: 1,
        feature_sample_ratio: 1,
        data_sample_ratio: 1,
        min_leaf_size: 1,
        loss: 'SquaredError',
        training_optimization_level: 2,
      },
      inputs: { training_data: exampleData },
      outputs: { trained_model: exampleModel },
      returns: 'Trained 4 lines of data.',
    },
  },
  async run(context) {
    const options = decodeOptions(context.args);
    const { features } = options.settings;
    const table = await readTable(context.input('training_data'), {
      columns: features + 1,
      bytes: 4,
      single: true,
      finite: true,
      layout: 'columns',
      label: 'keep',
      labelName: options.label,
      header: options.header,
      locate: options.histogram,
    });
    const importance = { splits: new Float64Array(features), gain: new Float64Array(features) };
    const output = context.output('trained_model');
    await writeModel(train(table, options, importance), output);
    if (options.importance) return describe(table.rows, importance, table.names);
    return `Trained ${table.rows} lines of data.`;
  },
};
