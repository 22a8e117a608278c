import { gbdtTrainEntry } from '@gaiwan/catalogue/entries';
import type { CataloguedFunction, Input } from '../function.ts';
import type { Importance, Model } from '../kernels/gbdt/tree.ts';
import type { Singles, Table } from '../kernels/table.ts';
import { FunctionError } from '../refusal.ts';
import { type Category, encodeCategories, readCategories } from '../tables/categories.ts';
import { headerHint } from '../tables/header-hint.ts';
import { requireLabels } from '../tables/labels.ts';
import { columnsWithMissing } from '../tables/missing.ts';
import type { ModelTable } from '../tables/model-table.ts';
import { readTable } from '../text/table.ts';
import { trainExact } from './exact/train.ts';
import { trainHistogram } from './hist/train.ts';
import { labelsOf } from './labels.ts';
import { decodeOptions, type Options, requireSamples } from './options.ts';
import { describeTraining, warningsOf } from './report.ts';
import { writeModel } from './write.ts';

function train(table: Table<Singles>, options: Options, importance: Importance): Model {
  const settings = { ...options.settings, features: table.features };
  requireSamples(settings, table.rows);
  const model =
    options.method === 'hist'
      ? trainHistogram(table, settings, options, importance)
      : trainExact(table, settings, options.seed, importance);
  if (Number.isFinite(model.bias)) return model;
  throw new FunctionError(
    'unsuitable-data',
    'The labels are too large: their sum is beyond the numbers of 32 bits. Scale them.',
  );
}

/** Of words in columns one number for each word. */
async function openData(input: Input, options: Options): Promise<{ data: Input; categories: Category[] }> {
  if (options.categories.length === 0) return { data: input, categories: [] };
  const categories = await readCategories(input, options.categories);
  return { data: encodeCategories(input, { categories }).input, categories };
}

/** Trains gradient boosted trees (contract 1.4), exactly as Teaclave does, or by histograms. */
export const gbdtTrain: CataloguedFunction = {
  name: gbdtTrainEntry.name,
  entry: gbdtTrainEntry,
  async run(context) {
    const options = decodeOptions(context);
    const { settings, method, label, header, teaclave } = options;
    const { data, categories } = await openData(context.input('training_data'), options);
    const added = categories.reduce((sum, { words }) => sum + words.length - 1, 0);
    const table = await readTable(data, {
      columns: settings.features + added + 1,
      bytes: 4,
      single: true,
      finite: true,
      missing: method === 'hist' && !teaclave,
      layout: 'columns',
      label: 'keep',
      labelName: label,
      header,
      locate: !teaclave,
      ...headerHint(header),
    });
    requireLabels(table.labels, labelsOf(settings.loss));
    const importance = {
      splits: new Float64Array(table.features),
      gain: new Float64Array(table.features),
    };
    const model = train(table, options, importance);
    const kept: ModelTable = {
      method,
      label,
      names: table.names,
      missing: columnsWithMissing(table),
      fill: undefined,
      categories,
    };
    await writeModel(model, teaclave ? undefined : kept, context.output('trained_model'));
    const warnings = warningsOf(options);
    if (!teaclave) return describeTraining({ table, options, kept, importance, warnings });
    for (const line of warnings) context.log(line);
    return `Trained ${table.rows} lines of data.`;
  },
};
