/** The argument `histograms`: columns and edges. */
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import { quote } from '../text/quote.ts';

const MOST_ENTRIES = limits.listEntries.value;
const MOST_EDGES = limits.histogramEdges.value;

export interface Histogram {
  /** A name of the header, or a number from 1 on. */
  readonly column: string;
  /** Rising, two at least. */
  readonly edges: readonly number[];
}

const refuse = (text: string): never => {
  throw new FunctionError('invalid-arguments', `The argument "histograms" has ${text}`);
};

const rising = (numbers: readonly number[]): boolean =>
  numbers.every((number, i) => i === 0 || number > (numbers[i - 1] ?? Number.NaN));

/** Reads `COLUMN: EDGE, EDGE, ...`; a column's name may have colons, too. Throws `FunctionError`. */
function parseHistogram(text: string): Histogram {
  const colon = text.lastIndexOf(':');
  const parts = text
    .slice(colon + 1)
    .split(',')
    .map((part) => part.trim());
  const edges = parts.map((part) => (part === '' ? Number.NaN : Number(part)));
  if (colon < 1 || edges.length < 2 || !edges.every(Number.isFinite) || !rising(edges)) {
    refuse(`${quote(text)}: write COLUMN: EDGE, EDGE, ... with two rising numbers at least.`);
  }
  if (edges.length > MOST_EDGES) refuse(`${edges.length} edges: a histogram has at most ${MOST_EDGES}.`);
  return { column: text.slice(0, colon).trim(), edges };
}

/**
 * `least`: the argument `least_group`.
 *
 * @throws FunctionError
 */
export function parseHistograms(texts: readonly string[], least: number): readonly Histogram[] {
  if (texts.length > MOST_ENTRIES) refuse(`${texts.length} entries: at most ${MOST_ENTRIES} are taken.`);
  const histograms = texts.map(parseHistogram);
  const columns = histograms.map(({ column }) => column);
  const again = columns.find((column, i) => columns.indexOf(column) !== i);
  if (least > 1 && again !== undefined) {
    refuse(
      `the column ${quote(again)} twice: with "least_group" a column has one histogram, as the differences of two would tell of fewer rows.`,
    );
  }
  return histograms;
}

/** Checks the argument `quantiles`. Throws `FunctionError`. */
export function requireQuantiles(quantiles: readonly number[]): void {
  const fit = quantiles.every((one) => one >= 0 && one <= 1) && rising(quantiles);
  if (fit && quantiles.length <= MOST_ENTRIES) return;
  throw new FunctionError(
    'invalid-arguments',
    `The argument "quantiles" must be at most ${MOST_ENTRIES} rising numbers from 0 to 1.`,
  );
}

/** By column its histograms. Throws `FunctionError` for a column that is not there. */
export function placeHistograms(
  histograms: readonly Histogram[],
  names: readonly string[] | undefined,
  columns: number,
): ReadonlyMap<number, readonly Histogram[]> {
  const placed = new Map<number, Histogram[]>();
  for (const histogram of histograms) {
    const { column } = histogram;
    const number = /^[1-9]\d{0,6}$/.test(column) ? Number(column) : 0;
    const place = names ? names.indexOf(column) : number - 1;
    if (place < 0 || place >= columns) {
      refuse(
        names
          ? `the column ${quote(column)}, which is not among those that are described.`
          : `the column ${quote(column)}: without a header columns are numbers from 1 to ${columns}.`,
      );
    }
    placed.set(place, [...(placed.get(place) ?? []), histogram]);
  }
  return placed;
}
