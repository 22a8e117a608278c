/** The model file of linear regression: JSON on one line, the intercept first, and what is kept of the table. */
import type { Input, Output } from '../function.ts';
import { limits } from '../limits.ts';
import { type ModelTable, modelTableText, readModelTable } from '../tables/model-table.ts';
import { formatF64 } from '../text/format.ts';
import { JsonReader } from '../text/json.ts';
import { quote } from '../text/quote.ts';
import { readBytes } from '../text/read-bytes.ts';

const WHAT = 'linear regression model file';
const LIMIT = limits.linearModel.value;

/** `method` of the table. */
export const METHOD = 'least-squares';

const json = new JsonReader(WHAT);

export interface LinearModel {
  /** Intercept first. */
  readonly weights: Float64Array;
  readonly table: ModelTable;
}

export async function writeModel({ weights, table }: LinearModel, l2: number, output: Output): Promise<void> {
  const parameters = Array.from(weights, formatF64).join(',');
  await output.write(
    Buffer.from(`{"l2":${formatF64(l2)},"parameters":[${parameters}]${modelTableText(table)}}`),
  );
  await output.close();
}

/** @throws FunctionError `invalid-model` for what is no model of linear regression */
export async function readModel(input: Input): Promise<LinearModel> {
  const model = json.parse(await readBytes(input, WHAT, LIMIT));
  const weights = Float64Array.from(json.numbers(model, 'parameters'));
  if (weights.length < 2) json.fail('it has no weights');
  if (!weights.every(Number.isFinite)) json.fail('a parameter is too large');
  const table = readModelTable(json, model, weights.length - 1) ?? json.fail('missing field `table`');
  if (table.method !== METHOD) {
    json.fail(
      `it was trained as ${quote(table.method)}: give it to the function that predicts with such models`,
    );
  }
  return { weights, table };
}
