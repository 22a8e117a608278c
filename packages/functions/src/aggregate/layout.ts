/** Which numbers a group of rows has, and where among those of its record. */
import type { Aggregate } from './spec.ts';

/** A column of values of one party or of all: what is kept of them. Offsets; -1: not kept. */
export interface Measure {
  readonly party: number | undefined;
  readonly column: string;
  sum: number;
  count: number;
  min: number;
  max: number;
}

export interface RowCount {
  readonly party: number | undefined;
  readonly offset: number;
}

export interface Layout {
  readonly measures: readonly Measure[];
  readonly rows: readonly RowCount[];
  /** Numbers of a record. */
  readonly width: number;
}

/** Lays out what the aggregates need; two that need the same number share it. */
export function layOut(aggregates: readonly Aggregate[]): Layout {
  const measures: Measure[] = [];
  const rows: RowCount[] = [];
  let width = 0;
  for (const { aggregation, party, column } of aggregates) {
    if (column === undefined) {
      if (!rows.some((one) => one.party === party)) rows.push({ party, offset: width++ });
      continue;
    }
    let measure = measures.find((one) => one.party === party && one.column === column);
    if (!measure) {
      measure = { party, column, sum: -1, count: -1, min: -1, max: -1 };
      measures.push(measure);
    }
    // Without values a group has no sum, mean, minimum or maximum, so that the count is always needed.
    if (measure.count < 0) measure.count = width++;
    if ((aggregation === 'sum' || aggregation === 'mean') && measure.sum < 0) measure.sum = width++;
    if (aggregation === 'min' && measure.min < 0) measure.min = width++;
    if (aggregation === 'max' && measure.max < 0) measure.max = width++;
  }
  return { measures, rows, width };
}
