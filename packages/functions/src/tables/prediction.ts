/** The rows that a model predicts for: their columns are the model's, by name where that can be told. */
import type { Input } from '../function.ts';
import type { NumberRows } from '../kernels/table.ts';
import { FunctionError } from '../refusal.ts';
import type { FieldRules } from '../text/line.ts';
import { rowBatches } from '../text/rows.ts';
import { type EncodedInput, encodeCategories } from './categories.ts';
import { headerHint } from './header-hint.ts';
import { FeaturePicker, type Matching, matchColumns } from './match.ts';
import { MissingCounter } from './missing.ts';
import type { ModelTable } from './model-table.ts';

export interface PredictionOptions {
  /** Of the model. */
  readonly features: number;
  /** What the model keeps of its training data; undefined: it is of Teaclave's form. */
  readonly table: ModelTable | undefined;
  /** The arguments that predictions have in common. */
  readonly args: { readonly header: boolean; readonly extra_columns: 'refuse' | 'ignore' };
  readonly format: FieldRules;
  /** Whether the task gives any of the arguments: then refusals need not be Teaclave's. */
  readonly givenOptions: boolean;
  /** Whether columns after the model's are ignored, as Teaclave's trees do. */
  readonly ignoresTrailing?: boolean;
}

export interface Prediction {
  /** Rows that were read. */
  readonly count: number;
  /** The features of the rows, in the model's order; valid until the next one is asked for. */
  batches(): AsyncGenerator<NumberRows, void, void>;
  /** Columns of the rows that were ignored. */
  readonly ignored: number;
  /** The result: JSON that says how columns were found, and what was missing. */
  describe(): string;
}

function requireOptions({ table, args, ignoresTrailing = false }: PredictionOptions): void {
  if (args.extra_columns === 'ignore' && !ignoresTrailing && !(args.header && table?.names)) {
    throw new FunctionError(
      'invalid-arguments',
      'The argument "extra_columns" "ignore" goes by names: it needs "header", and a model that was trained with one.',
    );
  }
  if (table && table.categories.length > 0 && !args.header) {
    throw new FunctionError(
      'invalid-arguments',
      'The model has categories, which go by names: give "header".',
    );
  }
}

class PredictionRows implements Prediction {
  count = 0;
  ignored = 0;
  readonly #options: PredictionOptions;
  readonly #data: EncodedInput;
  readonly #missing: MissingCounter;
  #matching: Matching | undefined;

  constructor(input: Input, options: PredictionOptions) {
    requireOptions(options);
    this.#options = options;
    const { table } = options;
    const wanted = options.args.extra_columns === 'ignore' ? table?.names : undefined;
    this.#data = encodeCategories(input, { categories: table?.categories ?? [], wanted });
    this.#missing = new MissingCounter(table?.missing ?? []);
  }

  async *batches(): AsyncGenerator<NumberRows, void, void> {
    const { features, table, args, format, givenOptions, ignoresTrailing = false } = this.#options;
    const { header } = args;
    const own = table !== undefined || givenOptions;
    const rules = {
      ...format,
      finite: true,
      header,
      ...(own ? { locate: true, ...headerHint(header) } : {}),
    };
    const picker = new FeaturePicker();
    // Columns without names are as many as the model's at least, which the reader checks.
    const without = { ...rules, columns: features, more: ignoresTrailing };
    const rows = rowBatches(this.#data.input, header ? rules : without);
    for await (const batch of rows) {
      this.#matching ??= matchColumns(
        { count: features, names: table?.names },
        { count: batch.columns, names: batch.names },
        args.extra_columns === 'ignore',
      );
      const picked = picker.pick(batch, this.#matching.positions);
      if (format.missing) this.#missing.add(picked);
      this.count += batch.rows;
      this.ignored = Math.max(this.ignored, batch.widest - batch.columns, this.#matching.ignored);
      yield picked;
    }
  }

  describe(): string {
    const { by, reordered } = this.#matching ?? { by: 'position', reordered: false };
    const { ignored } = this;
    const { values, unseenRows } = this.#missing;
    const unknownWords = this.#data.unknownWords();
    const warnings = [
      ...(by === 'position' && this.#options.table?.names
        ? ['Columns were taken by their position: give "header" to have them found by their names.']
        : []),
      ...(unseenRows > 0
        ? [`Rows that lack a value in columns that had none missing in training: ${unseenRows}.`]
        : []),
      ...(unknownWords > 0
        ? [`Words that were not there in training, and count as missing: ${unknownWords}.`]
        : []),
    ];
    return JSON.stringify({
      rows: this.count,
      columns_by: by,
      ...(reordered && { reordered }),
      ...(ignored > 0 && { ignored_columns: ignored }),
      missing_values: values,
      ...(warnings.length > 0 && { warnings }),
    });
  }
}

/** @throws FunctionError for arguments that do not go together; while rows are read, for columns that are not the model's */
export const openPrediction = (input: Input, options: PredictionOptions): Prediction =>
  new PredictionRows(input, options);
