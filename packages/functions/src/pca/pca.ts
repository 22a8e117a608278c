import { principalComponentsEntry } from '@gaiwan/catalogue/entries';
import { decodeArguments } from '../arguments/decode.ts';
import type { CataloguedFunction, FunctionContext } from '../function.ts';
import { Projection } from '../kernels/linalg/project.ts';
import { type Components, packColumns } from '../kernels/pca/moments.ts';
import { FunctionError } from '../refusal.ts';
import { formatDebug } from '../text/format.ts';
import { type RowFormat, rowBatches } from '../text/rows.ts';
import { readCovarianceComponents } from './covariance.ts';
import { readExactComponents } from './exact.ts';

function formatReport({ rows, mean, vectors, variances }: Components, n: number): string {
  const features = mean.length;
  const total = variances.reduce((sum, one) => sum + one, 0);
  const kept = [...variances.subarray(0, n)];
  return JSON.stringify({
    rows,
    columns: n,
    mean: [...mean],
    components: kept.map((_, k) => [...vectors.subarray(k * features, (k + 1) * features)]),
    explained_variance: kept,
    explained_variance_ratio: kept.map((one) => (total > 0 ? one / total : 0)),
  });
}

/** Writes each row's products with the first `n` components. */
async function writeProjections(
  context: FunctionContext,
  format: RowFormat,
  { mean, vectors }: Components,
  n: number,
): Promise<void> {
  const count = mean.length;
  const projection = new Projection(count, n, mean).set(vectors);
  const output = context.output('output_data');
  let packed: Float64Array = new Float64Array(0);
  let result = new Float64Array(0);
  for await (const batch of rowBatches(context.input('input_data'), format)) {
    packed = packColumns(batch, count, packed);
    if (result.length < batch.rows * n) result = new Float64Array(batch.rows * n);
    projection.apply(packed, batch.rows, result);
    let text = '';
    let column = 0;
    for (const value of result.subarray(0, batch.rows * n)) {
      column++;
      text += formatDebug(value) + (column === n ? '\n' : ',');
      if (column === n) column = 0;
    }
    await output.write(Buffer.from(text));
  }
  await output.close();
}

/** Principal components (contract 1.12): each row's coordinates along the directions of largest variance. */
export const principalComponents: CataloguedFunction = {
  name: principalComponentsEntry.name,
  entry: principalComponentsEntry,
  async run(context) {
    const args = decodeArguments(context.args, principalComponentsEntry.arguments);
    const { n, center, feature_size: count } = args;
    if (n > count) {
      throw new FunctionError(
        'invalid-arguments',
        `The argument "n" must be at most the number of columns, ${count}, not ${n}.`,
      );
    }
    const format = { columns: count + 1, header: args.header, finite: true };
    const input = context.input('input_data');
    const exact = args.solver === 'golub-reinsch';
    const components = exact
      ? await readExactComponents(input, format, center)
      : await readCovarianceComponents(input, format, count, center);
    const { rows, variances } = components;
    if (rows < (center ? 2 : 1)) {
      throw new FunctionError(
        'invalid-arguments',
        `The input has ${rows} rows: components need at least ${center ? 2 : 1}.`,
      );
    }
    if (n > variances.length) {
      throw new FunctionError(
        'invalid-arguments',
        `${rows} rows have at most ${variances.length} components, not ${n}: lower "n".`,
      );
    }
    await writeProjections(context, format, components, n);
    return args.report ? formatReport(components, n) : `transform ${rows} rows * ${n} cols lines of data.`;
  },
};
