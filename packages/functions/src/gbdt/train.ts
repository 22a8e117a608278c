import { gbdtTrainEntry } from '@gaiwan/catalogue/entries';
import type { CataloguedFunction } from '../function.ts';
import type { Importance, Model } from '../kernels/gbdt/tree.ts';
import type { Singles, Table } from '../kernels/table.ts';
import { FunctionError } from '../refusal.ts';
import { readTable } from '../text/table.ts';
import { trainExact } from './exact/train.ts';
import { trainHistogram } from './hist/train.ts';
import { decodeOptions, type Options, requireSamples } from './options.ts';
import { writeModel } from './write.ts';

function train(table: Table<Singles>, options: Options, importance: Importance): Model {
  requireSamples(options.settings, table.rows);
  const model = options.histogram
    ? trainHistogram(table, options.settings, options, importance)
    : trainExact(table, options.settings, options.seed, importance);
  if (Number.isFinite(model.bias)) return model;
  throw new FunctionError(
    'unsuitable-data',
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
  name: gbdtTrainEntry.name,
  entry: gbdtTrainEntry,
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
