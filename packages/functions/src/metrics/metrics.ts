import { modelMetricsEntry } from '@gaiwan/catalogue/entries';
import { decodeArguments } from '../arguments/decode.ts';
import { givenOf, refuseIgnored, refuseUnknown } from '../arguments/given.ts';
import type { CataloguedFunction, Input } from '../function.ts';
import { areaUnderCurve, atThreshold, logLoss } from '../kernels/metrics/classification.ts';
import { measureErrors } from '../kernels/metrics/regression.ts';
import { FunctionError } from '../refusal.ts';
import { translator } from '../text/number-text.ts';
import { quote } from '../text/quote.ts';
import { type RowBatch, type RowFormat, rowBatches } from '../text/rows.ts';
import { GrowingColumn } from './column.ts';
import { refuseTwoValues, suppressSmall } from './least-group.ts';

interface Choice {
  /** Columns may be left out: one, or as many as the header has. */
  readonly rules: Omit<RowFormat, 'columns'> & { readonly columns: number | undefined };
  /** Of the column, with a header; undefined: the last one. */
  readonly name: string | undefined;
  /** The argument that gives the name. */
  readonly argument: string;
}

function placeOf({ name, argument }: Choice, { columns, names }: RowBatch): number {
  if (name === undefined) return columns - 1;
  const place = names?.indexOf(name) ?? -1;
  if (place >= 0) return place;
  throw new FunctionError(
    'invalid-arguments',
    `The argument "${argument}" names ${quote(name)}, which no column of the header has.`,
  );
}

/** One column of a table. */
async function readColumn(input: Input, choice: Choice): Promise<Float64Array> {
  const { rules, name, argument } = choice;
  if (name !== undefined && !rules.header) {
    throw new FunctionError(
      'invalid-arguments',
      `The argument "${argument}" names a column: it needs a header.`,
    );
  }
  const column = new GrowingColumn();
  const { columns, ...others } = rules;
  const format = { ...others, trim: true, finite: true, locate: true };
  const known = columns === undefined && rules.header ? {} : { columns: columns ?? 1 };
  for await (const batch of rowBatches(input, { ...format, ...known }))
    column.add(batch, placeOf(choice, batch));
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
    refuseUnknown(context.args, modelMetricsEntry.arguments);
    const args = decodeArguments(context.args, modelMetricsEntry.arguments, { explain: true });
    const { task, threshold, least_group: least } = args;
    if (task === 'regression') {
      const given = givenOf(context.args, modelMetricsEntry.arguments);
      refuseIgnored(given, ['threshold'], '"task" "classification" alone knows it');
    }
    const written = {
      delimiter: args.delimiter,
      translate: translator({ decimal: args.decimal_mark, group: args.group_mark }),
    };
    const inputs = [context.input('labels'), context.input('predictions')] as const;
    const labels = await readColumn(inputs[0], {
      rules: { name: 'labels', columns: args.columns, header: args.header, ...written },
      name: args.label,
      argument: 'label',
    });
    const predictions = await readColumn(inputs[1], {
      rules: { name: 'predictions', columns: args.prediction_columns, header: args.predictions_header },
      name: args.prediction,
      argument: 'prediction',
    });
    const rows = labels.length;
    if (least > 1 && Math.min(rows, predictions.length) < least) {
      throw new FunctionError(
        'unsuitable-data',
        `There are fewer rows than "least_group" asks for, ${least}: all that could be told would be of so few.`,
      );
    }
    if (rows !== predictions.length) {
      throw new FunctionError(
        'invalid-input',
        `There are ${rows} labels and ${predictions.length} predictions: each row needs both.`,
      );
    }
    if (rows === 0) throw new FunctionError('invalid-input', 'There are no rows.');
    if (task === 'regression' && least > 1) refuseTwoValues({ labels, predictions });
    if (task === 'regression') return JSON.stringify({ rows, ...measureErrors(labels, predictions) });
    const classes = toClasses(labels);
    const figures = {
      auc: areaUnderCurve(classes, predictions),
      log_loss: logLoss(classes, predictions),
      ...atThreshold(classes, predictions, threshold),
    };
    return JSON.stringify({ rows, ...suppressSmall(figures, least) });
  },
};
