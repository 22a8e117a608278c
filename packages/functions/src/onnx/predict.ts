import type { Values } from '@gaiwan/catalogue';
import { onnxPredictEntry } from '@gaiwan/catalogue/entries';
import { decodeArguments } from '../arguments/decode.ts';
import { givenOf, refuseIgnored, refuseUnknown } from '../arguments/given.ts';
import type { CataloguedFunction, FunctionContext } from '../function.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import { readBytes } from '../text/read-bytes.ts';
import { TextWriter } from '../text/text-writer.ts';
import { type CellCounts, wantsText } from './cells.ts';
import { checkModel } from './check-model.ts';
import { assignColumns, checkNaming, type InputColumns } from './columns.ts';
import { elementName, STRING } from './element.ts';
import { type ModelFile, readModelFile } from './model-file.ts';
import { checkInputs, chooseOutput, type Plan, planInputs } from './plan.ts';
import { countColumns, formatLines, nameColumns } from './result.ts';
import { RowBuffer } from './row-buffer.ts';
import { type CellBatch, canReadTexts, cellBatches } from './row-source.ts';
import { rowWise } from './rows/row-wise.ts';
import type { OnnxRuntime, OnnxSession, Port } from './runtime.ts';
import { withoutMaps } from './zip-map.ts';

const MAX_MODEL = limits.onnxModel.value;

type Arguments = Values<typeof onnxPredictEntry.arguments>;

/** Other outputs that the result names at most. */
const SHOWN = 8;
/** Sizes of one row, as `3x48x320`. */
const ROW_SHAPE = /^[1-9]\d{0,7}(?:x[1-9]\d{0,7}){0,7}$/;

function parseShape(text: string | undefined): readonly number[] | undefined {
  if (text === undefined) return undefined;
  if (ROW_SHAPE.test(text)) return text.split('x').map(Number);
  throw new FunctionError(
    'invalid-arguments',
    'The argument "row_shape" must be sizes with an x between them, such as "3x48x320".',
  );
}

function readArguments(context: FunctionContext): Arguments {
  refuseUnknown(context.args, onnxPredictEntry.arguments);
  const args = decodeArguments(context.args, onnxPredictEntry.arguments, { explain: true });
  const given = givenOf(context.args, onnxPredictEntry.arguments);
  if (args.header) refuseIgnored(given, ['columns'], 'the header says how many columns there are');
  checkNaming(args, args.header);
  return args;
}

/** Rows in, lines out: one model, one table. */
class Prediction {
  rows = 0;
  columns = 0;
  readonly counts: CellCounts = { missing: 0, rounded: 0, blanks: 0 };
  readonly #session: OnnxSession;
  readonly #model: ModelFile;
  readonly #args: Arguments;
  readonly #output: Port;
  readonly #classes: readonly string[] | undefined;
  #plan: Plan | undefined;
  #assigned: InputColumns | undefined;
  #buffer: RowBuffer | undefined;

  constructor(
    session: OnnxSession,
    model: ModelFile,
    { args, classes }: { readonly args: Arguments; readonly classes: ReadonlyMap<string, readonly string[]> },
  ) {
    checkInputs(session.inputs);
    this.#session = session;
    this.#model = model;
    this.#args = args;
    this.#output = chooseOutput(session.outputs, args.output);
    this.#classes = classes.get(this.#output.name);
    const { header, columns, features } = args;
    if (header && !features) return;
    // What the model wants is known before the first row.
    const plan = this.#planFor(features?.length ?? columns);
    if (!header)
      this.#assigned = assignColumns(plan, { count: columns ?? plan.width, names: undefined }, args);
  }

  #planFor(columns: number | undefined): Plan {
    this.#plan ??= planInputs(this.#session.inputs, { columns, row: parseShape(this.#args.row_shape) });
    this.#buffer ??= new RowBuffer(
      this.#plan,
      rowWise(this.#model, this.#session.inputs, this.#output.name),
      this.counts,
    );
    return this.#plan;
  }

  /** How the table is to be read. */
  get format() {
    const types = this.#session.inputs.map(({ type }) => type);
    const known = this.#plan?.width ?? 0;
    return {
      header: this.#args.header,
      columns: this.#args.header ? undefined : known,
      texts: types.includes(STRING) || (types.some(wantsText) && canReadTexts(known)),
    };
  }

  /** The lines that the rows make complete. */
  *take(batch: CellBatch): Generator<string, void, void> {
    const plan = this.#planFor(batch.columns);
    this.#assigned ??= assignColumns(plan, { count: batch.columns, names: batch.names }, this.#args);
    for (let row = 0; row < batch.rows; row++) {
      this.#buffer?.add(batch, row, this.#assigned.positions);
      if (this.#buffer?.isFull) yield* this.#run(this.#buffer);
    }
  }

  /** The last lines. */
  *end(): Generator<string, void, void> {
    if (!this.#buffer || this.#buffer.rows === 0) return;
    this.#buffer.fillUp();
    yield* this.#run(this.#buffer);
  }

  *#run(buffer: RowBuffer): Generator<string, void, void> {
    const tensor = this.#session.run(buffer.feeds(), this.#output);
    this.columns = countColumns(tensor, buffer.fed);
    if (this.rows === 0 && this.#args.result_header)
      yield nameColumns(this.#output.name, this.columns, this.#classes);
    yield* formatLines(tensor, buffer.rows, this.columns);
    this.rows += buffer.rows;
    buffer.clear();
  }

  /** The result: JSON that says how columns were found, and what was seen. */
  describe(): string {
    const { by, reordered, ignored } = this.#assigned ?? { by: 'position', reordered: false, ignored: 0 };
    const { missing, rounded, blanks } = this.counts;
    const others = this.#session.outputs.filter((port) => port !== this.#output).slice(0, SHOWN);
    const warnings = [
      ...(by === 'name' ? [] : [this.#positionWarning(by)]),
      ...(rounded > 0
        ? [
            `${rounded} whole numbers were rounded: the model's input of floats has no place for all of their digits.`,
          ]
        : []),
      ...(blanks > 0 ? [`${blanks} texts begin or end with blanks, and went into the model with them.`] : []),
    ];
    return JSON.stringify({
      rows: this.rows,
      columns: this.columns,
      output: this.#output.name,
      type: elementName(this.#output.type),
      ...(others.length > 0 && {
        other_outputs: others.map(({ name }) => name.slice(0, limits.quoted.value)),
      }),
      columns_by: by,
      ...(reordered && { reordered }),
      ...(ignored > 0 && { ignored_columns: ignored }),
      rows_at_once: this.#buffer?.atOnce ?? 'any',
      missing_values: missing,
      ...(warnings.length > 0 && { warnings }),
    });
  }

  #positionWarning(by: InputColumns['by']): string {
    const which = by === 'position' ? 'Columns' : "Columns of the model's inputs of several columns";
    return `${which} were taken by their position: give "header" and "features" to have them found by their names.`;
  }
}

/**
 * Predictions of an ONNX model of one party for the rows of another. Memory: the model, and 1 MiB of rows at a time; all rows where
 * the model may look across them.
 */
export const onnxPredictOn = (runtime: OnnxRuntime): CataloguedFunction => ({
  name: onnxPredictEntry.name,
  entry: onnxPredictEntry,
  async run(context) {
    const args = readArguments(context);
    const data = context.input('data_file');
    const model = readModelFile(await readBytes(context.input('model_file'), 'model', MAX_MODEL));
    checkModel(model);
    const { bytes, classes } = withoutMaps(model);
    using session = await runtime.open(bytes, context);
    const prediction = new Prediction(session, model, { args, classes });
    const writer = new TextWriter(context.output('result_file'));
    const write = async (lines: Iterable<string>) => {
      for (const line of lines) {
        writer.add(line);
        await writer.flush();
      }
    };
    for await (const batch of cellBatches(data, prediction.format)) await write(prediction.take(batch));
    await write(prediction.end());
    await writer.close();
    return prediction.describe();
  },
});
