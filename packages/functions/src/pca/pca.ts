import { boolean, decodeArguments, string, unsigned } from '../catalogue/arguments.ts';
import { type CataloguedFunction, type FunctionContext, FunctionError } from '../function.ts';
import { Projection } from '../kernels/linalg/project.ts';
import { type Components, covarianceComponents, features } from '../kernels/pca/moments.ts';
import { formatDebug } from '../text/format.ts';
import { type RowFormat, rowBatches } from '../text/rows.ts';
import { exactComponents } from './exact.ts';

const MAX_FEATURES = 4096;
const declared = {
  n: unsigned('Components to keep, at most as many as features', { minimum: 1, maximum: MAX_FEATURES }),
  center: boolean('Whether the mean of each column is subtracted'),
  feature_size: unsigned('Columns before the last one, which is read and dropped', {
    minimum: 1,
    maximum: MAX_FEATURES,
  }),
  solver: string('How: digit for digit as Teaclave, or fast for many rows', {
    choices: ['golub-reinsch', 'covariance'],
    default: 'golub-reinsch',
  }),
  header: boolean('Whether the first line names the columns', { default: false }),
  report: boolean('Whether to return the components as JSON instead of a sentence', { default: false }),
} as const;

function report({ rows, mean, vectors, variances }: Components, n: number): string {
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
async function transform(
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
    packed = features(batch, count, packed);
    if (result.length < batch.rows * n) result = new Float64Array(batch.rows * n);
    projection.apply(packed, batch.rows, result);
    let text = '';
    for (let row = 0, at = 0; row < batch.rows; row++) {
      for (let k = 0; k < n; k++) text += formatDebug(result[at++] as number) + (k === n - 1 ? '\n' : ',');
    }
    await output.write(Buffer.from(text));
  }
  await output.close();
}

/** Principal components (contract 1.12): each row's coordinates along the directions of largest variance. */
export const principalComponents: CataloguedFunction = {
  name: 'builtin_principal_components_analysis',
  entry: {
    summary: 'Principal components: the rows in the directions of largest variance.',
    details:
      'The input is read twice. "golub-reinsch" keeps it in memory, 16 bytes for each number, and takes time of rows x columns^2 (for at most 32768 numbers rows^2 x columns^2, digit for digit as Teaclave; beyond that all but signs and last digits are the same). "covariance" keeps columns^2 numbers only; its components have their largest entry positive.',
    arguments: declared,
    inputs: [{ name: 'input_data', text: 'CSV of numbers: the features, then one column that is dropped' }],
    outputs: [{ name: 'output_data', text: 'CSV: for each row its n coordinates' }],
    returns: '"transform R rows * C cols lines of data.", or JSON with the components',
    example: {
      arguments: { n: 1, center: true, feature_size: 2, solver: 'covariance' },
      inputs: { input_data: '0,0,0\n3,4,0\n6,8,1\n' },
      outputs: { output_data: '-5.0\n0.0\n5.0\n' },
      returns: 'transform 3 rows * 1 cols lines of data.',
    },
  },
  async run(context) {
    const args = decodeArguments(context.args, declared);
    const { n, center, feature_size: count } = args;
    if (n > count) {
      throw new FunctionError(`The argument "n" must be at most the number of columns, ${count}, not ${n}.`);
    }
    const format = { columns: count + 1, header: args.header, finite: true };
    const input = context.input('input_data');
    const exact = args.solver === 'golub-reinsch';
    const components = exact
      ? await exactComponents(input, format, center)
      : await covarianceComponents(input, format, count, center);
    const { rows, variances } = components;
    if (rows < (center ? 2 : 1)) {
      throw new FunctionError(`The input has ${rows} rows: components need at least ${center ? 2 : 1}.`);
    }
    if (n > variances.length) {
      throw new FunctionError(
        `${rows} rows have at most ${variances.length} components, not ${n}: lower "n".`,
      );
    }
    await transform(context, format, components, n);
    return args.report ? report(components, n) : `transform ${rows} rows * ${n} cols lines of data.`;
  },
};
