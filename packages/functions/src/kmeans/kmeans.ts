import { kMeansEntry } from '@gaiwan/catalogue/entries';
import { decodeArguments } from '../arguments/decode.ts';
import { refuseUnknown } from '../arguments/given.ts';
import type { CataloguedFunction, Input, Output } from '../function.ts';
import { type Clustering, lloyd } from '../kernels/kmeans/lloyd.ts';
import { centerAt, centerRows, type Points, squaredLengths } from '../kernels/kmeans/points.ts';
import { seedCenters } from '../kernels/kmeans/seeding.ts';
import { requireFiniteSums } from '../kernels/linalg/overflow.ts';
import { randomSource } from '../kernels/random-source.ts';
import { FunctionError } from '../refusal.ts';
import { type Filled, fillWithMeans } from '../tables/fill.ts';
import { headerHint } from '../tables/header-hint.ts';
import { selected } from '../tables/select.ts';
import { counted } from '../text/counted.ts';
import { formatDebug } from '../text/format.ts';
import { translator } from '../text/number-text.ts';
import { joinRecord } from '../text/record-text.ts';
import type { RowFormat } from '../text/rows.ts';
import { readTable } from '../text/table.ts';

interface Centered extends Points {
  readonly mean: Float64Array;
  /** Mean over the columns. */
  readonly variance: number;
  readonly names: readonly string[] | undefined;
  /** undefined: nothing was to be filled in. */
  readonly filled: Filled | undefined;
}

async function readPoints(input: Input, rules: RowFormat): Promise<Centered> {
  const table = await readTable(input, {
    ...rules,
    name: 'input_data',
    trim: true,
    finite: true,
    locate: true,
    ...headerHint(rules.header === true),
    bytes: 8,
    layout: 'rows',
  });
  const { rows, features, names } = table;
  const filled = rules.missing && rows > 0 ? fillWithMeans(table) : undefined;
  const values = table.values.subarray(0, rows * features);
  const mean = centerRows(values, features);
  const squares = squaredLengths(values, features);
  const total = squares.reduce((sum, one) => sum + one, 0);
  // No sum of squared distances is larger: one is at most twice the sum of both squared lengths.
  requireFiniteSums(4 * (rows + 1) * total);
  const variance = total / Math.max(1, values.length);
  return { rows, columns: features, values, squares, mean, variance, names, filled };
}

async function writeLines(output: Output, lines: Iterable<string>): Promise<void> {
  let text = '';
  for (const line of lines) {
    text += `${line}\n`;
    if (text.length < 1 << 16) continue;
    await output.write(Buffer.from(text));
    text = '';
  }
  await output.write(Buffer.from(text));
  await output.close();
}

function* centerLines({ columns, mean, names }: Centered, { centers }: Clustering): Generator<string> {
  if (names) yield joinRecord(names);
  for (let k = 0; k < centers.length / columns; k++)
    yield Array.from(centerAt(centers, k, mean), formatDebug).join(',');
}

/** Groups of rows around their means, by Euclidean distance. */
export const kMeans: CataloguedFunction = {
  name: kMeansEntry.name,
  entry: kMeansEntry,
  async run(context) {
    refuseUnknown(context.args, kMeansEntry.arguments);
    const args = decodeArguments(context.args, kMeansEntry.arguments, { explain: true });
    const { clusters, feature_size, header } = args;
    if (feature_size === undefined && !header) {
      throw new FunctionError(
        'invalid-arguments',
        'Say the number of columns with "feature_size", or give a header.',
      );
    }
    const input = selected(context.input('input_data'), args.columns, {
      header,
      delimiter: args.delimiter,
    });
    const points = await readPoints(input, {
      ...(feature_size === undefined ? {} : { columns: feature_size }),
      header,
      missing: args.missing === 'mean',
      // What was selected stands between commas.
      delimiter: args.columns ? ',' : args.delimiter,
      translate: translator({ decimal: args.decimal_mark, group: args.group_mark }),
    });
    if (points.rows < clusters) {
      throw new FunctionError(
        'invalid-arguments',
        `The input has ${counted(points.rows, 'row')}, fewer than the ${clusters} clusters asked for.`,
      );
    }
    const random = randomSource(args.seed);
    const limits = { iterations: args.max_iterations, movement: args.tolerance * points.variance };
    const cluster = () => lloyd(points, seedCenters(points, clusters, random), limits);
    let best = cluster();
    for (let i = 1; i < args.restarts; i++) {
      const found = cluster();
      if (found.inertia < best.inertia) best = found;
    }
    const { labels, inertia, iterations, converged } = best;
    const filledIn = points.filled ? { filled_in: points.filled.count } : {};
    await writeLines(context.output('centers'), centerLines(points, best));
    await writeLines(context.output('assignments'), Array.from(labels, String));
    return JSON.stringify({ rows: points.rows, clusters, inertia, iterations, converged, ...filledIn });
  },
};
