import { onnxPredictEntry } from '@gaiwan/catalogue/entries';
import { decodeArguments } from '../arguments/decode.ts';
import type { CataloguedFunction } from '../function.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import { formatDebug, formatF32 } from '../text/format.ts';
import { readBytes } from '../text/read-bytes.ts';
import { type RowBatch, rowBatches } from '../text/rows.ts';
import { DOUBLE, elementName, FLOAT } from './element.ts';
import { Session, type Tensor } from './session.ts';
import { choosePort, encode, type Feed, onlyInput, planFeed } from './shape.ts';

const MAX_MODEL = limits.onnxModel.value;
/** Numbers of one output, for as many rows as go in at once. */
const MAX_OUTPUT = limits.onnxOutput.value;

const formatNumber = (value: number | bigint, type: number): string => {
  if (typeof value === 'bigint') return String(value);
  if (type === FLOAT && Number.isFinite(value)) return formatF32(value);
  return type === FLOAT || type === DOUBLE ? formatDebug(value) : String(value);
};

/** Lines of the first `rows` rows of an output whose first dimension is `fed` rows. */
function formatLines(
  { type, dims, data }: Tensor,
  rows: number,
  fed: number,
): { text: string; columns: number } {
  if (dims[0] !== fed || data.length > MAX_OUTPUT) {
    const shape = `[${dims.join(', ')}]`;
    throw new FunctionError(
      'invalid-model',
      `The model's output for ${fed} rows has the shape ${shape}: one row for each was expected, and at most ${MAX_OUTPUT} numbers.`,
    );
  }
  const columns = data.length / fed;
  let text = '';
  for (let row = 0; row < rows; row++) {
    const values: string[] = [];
    for (const value of data.subarray(row * columns, (row + 1) * columns))
      values.push(formatNumber(value, type));
    text += `${values.join(',')}\n`;
  }
  return { text, columns };
}

/** The batch in portions of as many rows as the model takes, the last one filled up with zeros. */
function* splitBatch(batch: RowBatch, plan: Feed) {
  const at = plan.rows ?? batch.rows;
  for (let row = 0; row < batch.rows; row += at) {
    const rows = Math.min(at, batch.rows - row);
    const values = new Float64Array(at * plan.columns);
    values.set(batch.values.subarray(row * plan.columns, (row + rows) * plan.columns));
    yield { values, rows, fed: at, firstRow: batch.first + row };
  }
}

/** Predictions of an ONNX model of one party for the rows of another. Memory: the model, and 1 MiB of rows at a time. */
export const onnxPredict: CataloguedFunction = {
  name: onnxPredictEntry.name,
  entry: onnxPredictEntry,
  async run(context) {
    const args = decodeArguments(context.args, onnxPredictEntry.arguments, { explain: true });
    const data = context.input('data_file');
    const model = await readBytes(context.input('model_file'), 'model', MAX_MODEL);
    using session = await Session.open(model, context);
    const input = onlyInput(session.inputs);
    const output = choosePort(session.outputs, args.output, 'output');
    const result = context.output('result_file');
    let rows = 0;
    let columns = 0;
    let plan = args.header ? undefined : planFeed(input, args.columns);
    const format = plan ? { columns: plan.columns } : { header: true };
    for await (const batch of rowBatches(data, { ...format, trim: true, locate: true })) {
      plan ??= planFeed(input, batch.columns);
      for (const portion of splitBatch(batch, plan)) {
        const { fed, firstRow, values } = portion;
        const encoded = encode(input, values, { columns: plan.columns, firstRow });
        const tensor = { type: input.type, dims: plan.dims(fed), data: encoded };
        const written = formatLines(session.run(input, tensor, output), portion.rows, fed);
        columns = written.columns;
        await result.write(Buffer.from(written.text));
        rows += portion.rows;
      }
    }
    await result.close();
    return JSON.stringify({ rows, columns, output: output.name, type: elementName(output.type) });
  },
};
