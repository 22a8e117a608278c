import { columnStatisticsEntry } from '@gaiwan/catalogue/entries';
import { decodeArguments } from '../arguments/decode.ts';
import { refuseUnknown } from '../arguments/given.ts';
import type { CataloguedFunction, FunctionContext } from '../function.ts';
import { FunctionError } from '../refusal.ts';
import { headerHint } from '../tables/header-hint.ts';
import { selected } from '../tables/select.ts';
import { translator } from '../text/number-text.ts';
import { readTable } from '../text/table.ts';
import { describeColumn } from './describe.ts';
import { parseHistograms, placeHistograms, requireQuantiles } from './histograms.ts';

function decode(given: FunctionContext['args']) {
  refuseUnknown(given, columnStatisticsEntry.arguments);
  const args = decodeArguments(given, columnStatisticsEntry.arguments, { explain: true });
  if (args.feature_size === undefined && !args.header) {
    throw new FunctionError(
      'invalid-arguments',
      'Say the number of columns with "feature_size", or give a header.',
    );
  }
  requireQuantiles(args.quantiles);
  return { ...args, histograms: parseHistograms(args.histograms, args.least_group) };
}

function readColumns(context: FunctionContext, args: ReturnType<typeof decode>) {
  const { header, columns, delimiter, feature_size: size } = args;
  return readTable(selected(context.input('input_data'), columns, { header, delimiter }), {
    ...(size !== undefined && { columns: size }),
    name: 'input_data',
    header,
    // What was selected stands between commas.
    delimiter: columns ? ',' : delimiter,
    translate: translator({ decimal: args.decimal_mark, group: args.group_mark }),
    trim: true,
    finite: true,
    missing: true,
    locate: true,
    ...headerHint(header),
    bytes: 8,
    layout: 'columns',
  });
}

/** Describes columns of numbers. Memory: 8 bytes for each number, and 8 for each row. */
export const columnStatistics: CataloguedFunction = {
  name: columnStatisticsEntry.name,
  entry: columnStatisticsEntry,
  async run(context) {
    const args = decode(context.args);
    const { rows, features, values, stride, names } = await readColumns(context, args);
    const histograms = placeHistograms(args.histograms, names, features);
    const columns = Array.from({ length: features }, (_, place) => ({
      name: names?.[place] ?? String(place + 1),
      ...describeColumn(values.subarray(place * stride, place * stride + rows), {
        quantiles: args.quantiles,
        histograms: histograms.get(place) ?? [],
        least: args.least_group,
      }),
    }));
    const isTold = args.least_group <= 1 || rows >= args.least_group;
    return JSON.stringify({ rows: isTold ? rows : null, columns });
  },
};
