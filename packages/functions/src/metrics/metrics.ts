import { modelMetricsEntry } from '@gaiwan/catalogue/entries';
import { decodeArguments } from '../arguments/decode.ts';
import type { CataloguedFunction, Input } from '../function.ts';
import { areaUnderCurve, atThreshold, logLoss } from '../kernels/metrics/classification.ts';
import { measureErrors } from '../kernels/metrics/regression.ts';
import { FunctionError } from '../refusal.ts';
import { translator } from '../text/number-text.ts';
import { type RowFormat, rowBatches } from '../text/rows.ts';
import { GrowingColumn } from './column.ts';

/** The last column of a table. */
async function readLastColumn(input: Input, rules: RowFormat): Promise<Float64Array> {
  const column = new GrowingColumn();
  const format = { ...rules, trim: true, finite: true, locate: true };
  for await (const batch of rowBatches(input, format)) {
    column.add(batch, batch.columns - 1);
  }
  return column.values;
}

/** 0 and 1, out of 0 and 1 or -1 and 1. */
function toClasses(labels: Float64Array): Float64Array {
  const low = labels.includes(-1) ? -1 : 0;
  const wrong = labels.findIndex((label) => label !== low && label !== 1);
  if (wrong >= 0) {
    throw new FunctionError('invalid-input', `Row ${wrong + 1}: the label must be ${low} or 1.`);
  }
  return labels.map((label) => (label === 1 ? 1 : 0));
}

/** Compares predictions with labels. Memory: 16 bytes a row. */
export const modelMetrics: CataloguedFunction = {
  name: modelMetricsEntry.name,
  entry: modelMetricsEntry,
  async run(context) {
    const args = decodeArguments(context.args, modelMetricsEntry.arguments, { explain: true });
    const { task, threshold, columns, header, delimiter } = args;
    const translate = translator({ decimal: args.decimal_mark, group: args.group_mark });
    const inputs = [context.input('labels'), context.input('predictions')] as const;
    const labels = await readLastColumn(inputs[0], { name: 'labels', columns, header, delimiter, translate });
    const predictions = await readLastColumn(inputs[1], { name: 'predictions', columns: 1 });
    const rows = labels.length;
    if (rows !== predictions.length) {
      throw new FunctionError(
        'invalid-input',
        `There are ${rows} labels and ${predictions.length} predictions: each row needs both.`,
      );
    }
    if (rows === 0) throw new FunctionError('invalid-input', 'There are no rows.');
    if (task === 'regression') return JSON.stringify({ rows, ...measureErrors(labels, predictions) });
    const classes = toClasses(labels);
    return JSON.stringify({
      rows,
      auc: areaUnderCurve(classes, predictions),
      log_loss: logLoss(classes, predictions),
      ...atThreshold(classes, predictions, threshold),
    });
  },
};
