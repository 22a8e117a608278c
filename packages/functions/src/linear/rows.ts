/** The rows of the training data, the label last. */
import type { Input } from '../function.ts';
import type { NumberRows } from '../kernels/table.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import { headerHint } from '../tables/header-hint.ts';
import { numberLabels, requireLabels } from '../tables/labels.ts';
import { FeaturePicker } from '../tables/match.ts';
import { selected } from '../tables/select.ts';
import { quote } from '../text/quote.ts';
import { type RowBatch, rowBatches } from '../text/rows.ts';
import type { Options } from './options.ts';

const MOST_FEATURES = limits.linearFeatures.value;

export interface LabelledRows extends NumberRows {
  /** Of the features, with a header. */
  readonly names: readonly string[] | undefined;
}

/** By feature its column, then the label's; undefined: they stand so. Throws `FunctionError`. */
function placesOf({ columns, names }: RowBatch, label: string | undefined): readonly number[] | undefined {
  if (columns < 2) {
    throw new FunctionError('invalid-input', 'The data have one column: a feature and a label are wanted.');
  }
  if (columns - 1 > MOST_FEATURES) {
    throw new FunctionError(
      'too-large',
      `The data have ${columns - 1} columns beside the label: at most ${MOST_FEATURES} are taken.`,
    );
  }
  const at = label === undefined ? columns - 1 : (names?.indexOf(label) ?? -1);
  if (at < 0) {
    throw new FunctionError(
      'invalid-arguments',
      `No column of the header has the label's name, ${quote(label ?? '')}.`,
    );
  }
  if (at === columns - 1) return undefined;
  return [...Array.from({ length: columns }, (_, column) => column).filter((one) => one !== at), at];
}

/** As `rowBatches`; labels are there and finite, features may be missing (NaN) where `missing` is not `refuse`. */
export async function* labelledRows(
  input: Input,
  { features, header, label, columns, missing }: Options,
): AsyncGenerator<LabelledRows, void, void> {
  const chosen = columns && label !== undefined ? [...columns, label] : undefined;
  const picker = new FeaturePicker();
  let places: readonly number[] | undefined;
  let names: readonly string[] | undefined;
  const format = {
    ...(features !== undefined && { columns: features + 1 }),
    header,
    trim: true,
    finite: true,
    missing: missing === 'mean',
    locate: true,
    ...headerHint(header),
  };
  for await (const batch of rowBatches(selected(input, chosen, { header }), format)) {
    if (batch.first === 0) {
      places = placesOf(batch, label);
      const order = places ?? batch.names?.map((_, column) => column) ?? [];
      names = batch.names && order.slice(0, -1).map((column) => batch.names?.[column] ?? '');
    }
    const { values, rows, columns: wide } = picker.pick(batch, places);
    for (let row = 0, at = wide - 1; row < rows; row++, at += wide) {
      requireLabels(values.subarray(at, at + 1), numberLabels, batch.first + row);
    }
    yield { values, rows, columns: wide, names };
  }
}
