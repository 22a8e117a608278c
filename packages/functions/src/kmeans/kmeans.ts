import { boolean, decodeArguments, float, unsigned } from '../catalogue/arguments.ts';
import { type CataloguedFunction, FunctionError, type Input, type Output } from '../function.ts';
import { type Clustering, lloyd } from '../kernels/kmeans/lloyd.ts';
import { type Points, squaredLengths } from '../kernels/kmeans/points.ts';
import { seedCenters, source } from '../kernels/kmeans/seeding.ts';
import { requireFiniteSums } from '../kernels/linalg/overflow.ts';
import { formatDebug } from '../text/format.ts';
import { readTable } from '../text/table.ts';

const declared = {
  clusters: unsigned('How many groups', { minimum: 1, maximum: 10_000 }),
  feature_size: unsigned('Columns; with a header it may be left out', {
    minimum: 1,
    maximum: 100_000,
    default: undefined,
  }),
  header: boolean('Whether the first line names the columns', { default: false }),
  seed: unsigned('Decides the beginning: the same seed and data give the same result', {
    maximum: Number.MAX_SAFE_INTEGER,
    default: 0,
  }),
  restarts: unsigned('Beginnings to try; the best result is kept', { minimum: 1, maximum: 100, default: 1 }),
  max_iterations: unsigned('Iterations of each try', { minimum: 1, maximum: 100_000, default: 300 }),
  tolerance: float('Stops when the centers move less, relative to the mean variance of the columns', {
    minimum: 0,
    maximum: 1,
    default: 1e-4,
  }),
} as const;

interface Centered extends Points {
  readonly mean: Float64Array;
  /** Mean over the columns. */
  readonly variance: number;
  readonly names: readonly string[] | undefined;
}

async function readPoints(input: Input, columns: number | undefined, header: boolean): Promise<Centered> {
  const table = await readTable(input, {
    ...(columns === undefined ? {} : { columns }),
    header,
    finite: true,
    locate: true,
    bytes: 8,
    layout: 'rows',
  });
  const { rows, features } = table;
  const values = table.values.subarray(0, rows * features) as Float64Array;
  const mean = new Float64Array(features);
  for (let at = 0; at < values.length; at++) (mean[at % features] as number) += (values[at] as number) / rows;
  for (let at = 0; at < values.length; at++) (values[at] as number) -= mean[at % features] as number;
  const squares = squaredLengths(values, features);
  const total = squares.reduce((sum, one) => sum + one, 0);
  // No sum of squared distances is larger: one is at most twice the sum of both squared lengths.
  requireFiniteSums(4 * (rows + 1) * total);
  const variance = total / Math.max(1, values.length);
  return { rows, columns: features, values, squares, mean, variance, names: table.names };
}

async function write(output: Output, lines: Iterable<string>): Promise<void> {
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
  if (names)
    yield names.map((name) => (/[",\n\r]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name)).join(',');
  for (let at = 0; at < centers.length; at += columns)
    yield Array.from(mean, (offset, j) => formatDebug(offset + (centers[at + j] as number))).join(',');
}

/** Groups of rows around their means, by Euclidean distance. */
export const kMeans: CataloguedFunction = {
  name: 'builtin-kmeans',
  entry: {
    summary: 'Groups rows around centers, so that the squared distances to them are small (k-means).',
    details:
      'k-means++ for the beginning, then the iteration of Lloyd. Columns should have comparable units: scale them before. Memory: 8 bytes for each number, and for each row 12 (while beginning 40 + 8 ln(clusters)).',
    arguments: declared,
    inputs: [{ name: 'input_data', text: 'CSV of finite numbers' }],
    outputs: [
      {
        name: 'centers',
        text: 'CSV: the centers, in order, below the names of the columns where there is a header',
      },
      { name: 'assignments', text: 'For each row the number of its center, from 0' },
    ],
    returns:
      'JSON: {"rows","clusters","inertia","iterations","converged"}; inertia is the sum of squared distances',
    example: {
      arguments: { clusters: 2, header: true },
      inputs: { input_data: 'x,y\n0,0\n0,2\n10,0\n10,2\n' },
      outputs: { centers: 'x,y\n10.0,1.0\n0.0,1.0\n', assignments: '1\n1\n0\n0\n' },
      returns: '{"rows":4,"clusters":2,"inertia":4,"iterations":2,"converged":true}',
    },
  },
  async run(context) {
    const args = decodeArguments(context.args, declared, { explain: true });
    const { clusters, feature_size, header } = args;
    if (feature_size === undefined && !header) {
      throw new FunctionError('Say the number of columns with "feature_size", or give a header.');
    }
    const points = await readPoints(context.input('input_data'), feature_size, header);
    if (points.rows < clusters) {
      throw new FunctionError(
        `The input has ${points.rows} rows, fewer than the ${clusters} clusters asked for.`,
      );
    }
    const random = source(args.seed);
    const limits = { iterations: args.max_iterations, movement: args.tolerance * points.variance };
    let best: Clustering | undefined;
    for (let i = 0; i < args.restarts; i++) {
      const found = lloyd(points, seedCenters(points, clusters, random), limits);
      if (!best || found.inertia < best.inertia) best = found;
    }
    const { labels, inertia, iterations, converged } = best as Clustering;
    await write(context.output('centers'), centerLines(points, best as Clustering));
    await write(context.output('assignments'), Array.from(labels, String));
    return JSON.stringify({ rows: points.rows, clusters, inertia, iterations, converged });
  },
};
