import { principalComponentsEntry } from '@gaiwan/catalogue/entries';
import { decodeArguments } from '../arguments/decode.ts';
import { givesOurs, refuse, refuseMisspelt } from '../arguments/given.ts';
import type { CataloguedFunction, Input, Output } from '../function.ts';
import { Projection } from '../kernels/linalg/project.ts';
import { type Components, packColumns } from '../kernels/pca/moments.ts';
import type { Filled } from '../tables/fill.ts';
import { headerHint } from '../tables/header-hint.ts';
import { selected } from '../tables/select.ts';
import { counted } from '../text/counted.ts';
import { formatDebug } from '../text/format.ts';
import { quote } from '../text/quote.ts';
import type { RowFormat } from '../text/rows.ts';
import { readCovarianceComponents } from './covariance.ts';
import { readExactComponents } from './exact.ts';
import { filledRows, readMeans } from './filled.ts';

/** Names of arguments. */
const TEACLAVES = ['n', 'center', 'feature_size'];

interface Columns {
  readonly names: readonly string[] | undefined;
  readonly filled: Filled | undefined;
}

function formatReport(
  { rows, mean, vectors, variances }: Components,
  n: number,
  { names, filled }: Columns,
): string {
  const features = mean.length;
  const total = variances.reduce((sum, one) => sum + one, 0);
  const kept = [...variances.subarray(0, n)];
  return JSON.stringify({
    rows,
    columns: n,
    ...(names && { features: names }),
    ...(filled && { filled_in: filled.count }),
    mean: [...mean],
    components: kept.map((_, k) => [...vectors.subarray(k * features, (k + 1) * features)]),
    explained_variance: kept,
    explained_variance_ratio: kept.map((one) => (total > 0 ? one / total : 0)),
  });
}

interface Rows {
  readonly input: Input;
  readonly format: RowFormat;
  readonly fill: readonly number[] | undefined;
}

/** Writes each row's products with the first `n` components. Returns the names of all columns. */
async function writeProjections(
  { input, format, fill }: Rows,
  output: Output,
  { mean, vectors }: Components,
  n: number,
): Promise<readonly string[] | undefined> {
  let names: readonly string[] | undefined;
  const count = mean.length;
  const projection = new Projection(count, n, { origin: mean }).set(vectors);
  let packed: Float64Array = new Float64Array(0);
  let result = new Float64Array(0);
  for await (const batch of filledRows(input, format, fill)) {
    names = batch.names;
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
  return names;
}

/** Principal components (contract 1.12): each row's coordinates along the directions of largest variance. */
export const principalComponents: CataloguedFunction = {
  name: principalComponentsEntry.name,
  entry: principalComponentsEntry,
  async run(context) {
    const declared = principalComponentsEntry.arguments;
    refuseMisspelt(context, declared, TEACLAVES);
    const isOurs = givesOurs(context.args, declared, TEACLAVES);
    const args = decodeArguments(context.args, declared, { explain: isOurs });
    const { n, center, feature_size: count } = args;
    if (n > count) {
      refuse(`The argument "n" must be at most the number of columns, ${count}, not ${n}.`);
    }
    if (args.columns && args.columns.length !== count) {
      refuse(
        `The argument "feature_size" must be the number of "columns", ${args.columns.length}, not ${count}.`,
      );
    }
    const dropped = args.columns === undefined;
    const format = {
      columns: dropped ? count + 1 : count,
      header: args.header,
      finite: true,
      missing: args.missing === 'mean',
      ...(isOurs && { locate: true, ...headerHint(args.header) }),
    };
    const input = selected(context.input('input_data'), args.columns, { header: args.header });
    const filled = format.missing ? await readMeans(input, format, count) : undefined;
    const wanted = { count, center, fill: filled?.fill };
    const exact = args.solver === 'golub-reinsch';
    const components = exact
      ? await readExactComponents(input, format, wanted)
      : await readCovarianceComponents(input, format, wanted);
    const { rows, variances } = components;
    if (rows < (center ? 2 : 1)) {
      refuse(`The input has ${counted(rows, 'row')}: components need at least ${center ? 2 : 1}.`);
    }
    if (n > variances.length) {
      refuse(
        `At most ${counted(variances.length, 'component')} can be had of ${counted(rows, 'row')}, not ${n}: lower "n".`,
      );
    }
    const source = { input, format, fill: filled?.fill };
    const names = await writeProjections(source, context.output('output_data'), components, n);
    if (args.report) return formatReport(components, n, { names: names?.slice(0, count), filled });
    const sentence = `transform ${rows} rows * ${n} cols lines of data.`;
    if (!names || !dropped) return sentence;
    return `${sentence} The last column, ${quote(names[count] ?? '')}, was dropped.`;
  },
};
