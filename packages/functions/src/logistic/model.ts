/** The model file of logistic regression (contract 2.2): JSON on one line, the intercept first, and what is kept of the table. */
import type { Input, Output } from '../function.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import { type ModelTable, modelTableText, readModelTable } from '../tables/model-table.ts';
import { formatF64 } from '../text/format.ts';
import { JsonReader } from '../text/json.ts';
import { readBytes } from '../text/read-bytes.ts';

/** Bytes: some one and a half million weights. */
const LIMIT = limits.logisticModel.value;

const json = new JsonReader('logistic regression model file');

export interface LogisticModel {
  readonly alpha: number;
  readonly iterations: number;
  readonly weights: Float64Array;
}

/** Throws `FunctionError` for weights that are no numbers: what a step that is too large ends in. */
export async function writeModel(
  { alpha, iterations, weights }: LogisticModel,
  table: ModelTable | undefined,
  output: Output,
): Promise<void> {
  if (!weights.every(Number.isFinite)) {
    throw new FunctionError(
      'unsuitable-data',
      'The weights grew beyond all numbers: give a smaller "alg_alpha", or scale the features.',
    );
  }
  const parameters = Array.from(weights, formatF64).join(',');
  await output.write(
    Buffer.from(
      `{"alpha":${formatF64(alpha)},"iters":${iterations},"parameters":[${parameters}]${table ? modelTableText(table) : ''}}`,
    ),
  );
  await output.close();
}

export interface KeptModel extends LogisticModel {
  /** undefined: the file is of Teaclave's form. */
  readonly table: ModelTable | undefined;
}

export async function readModel(input: Input): Promise<KeptModel> {
  const model = json.parse(await readBytes(input, 'logistic regression model file', LIMIT));
  const alpha = json.number(model, 'alpha');
  if (alpha <= 0) json.fail('`alpha` must be above 0');
  const weights = Float64Array.from(json.numbers(model, 'parameters'));
  if (weights.length === 0) json.fail('it has no parameters');
  if (!weights.every(Number.isFinite)) json.fail('a parameter is too large');
  return {
    alpha,
    iterations: json.integer(model, 'iters', Number.MAX_SAFE_INTEGER),
    weights,
    table: readModelTable(json, model, weights.length - 1),
  };
}
