/** What the result of a join says: how many rows it has, what became of the parties' rows, and what may mislead. */
import { type Count, countsLine, emptyWarnings } from '../keyed/report.ts';
import { counted } from '../text/counted.ts';
import type { GroupJoin } from './group-join.ts';

const REMEDY = 'See the argument "normalize".';

/** Groups of the result and those that were left out. */
export interface Outcome {
  readonly join: 'inner' | 'left';
  readonly leastGroup: number;
  /** All that were joined. */
  readonly records: Int32Array;
  /** Those that are written. */
  readonly written: Int32Array;
  /** Cells of these that are empty as too few values are behind them. */
  readonly suppressed: number;
}

/** Keys of the kept table that have no partner: in an inner join in one of the others, in a left join in all of them. */
function keysWithoutPartner(groups: GroupJoin, { join, records }: Outcome): number {
  const { table } = groups;
  return join === 'inner' ? table.count - records.length : table.recordsAt(1).length;
}

/** Whether no table has found a partner. */
function isUnmatched(groups: GroupJoin, { join, records }: Outcome): boolean {
  if (join === 'inner') return records.length === 0;
  return groups.counts.every(
    ({ rows, emptyKeys, withoutPartner }, party) =>
      party === groups.kept || rows - emptyKeys === withoutPartner,
  );
}

/** The text of the result. No counts that tell about few rows. */
export function describeJoin(groups: GroupJoin, outcome: Outcome): string {
  const { records, written, leastGroup, suppressed } = outcome;
  const { counts, kept } = groups;
  const lines = [counted(written.length, 'row')];
  for (const [party, { rows, blank, emptyKeys, withoutPartner }] of counts.entries()) {
    const told: Count[] = [
      [rows, 'row'],
      [rows - emptyKeys, 'used'],
      [blank, 'blank'],
      [emptyKeys, 'with an empty key'],
    ];
    if (leastGroup <= 1) {
      told.push(
        party === kept
          ? [keysWithoutPartner(groups, outcome), 'different without partner']
          : [withoutPartner, 'without partner'],
      );
    }
    lines.push(countsLine(`input_data${party}`, told));
  }
  const left = records.length - written.length;
  if (left > 0)
    lines.push(
      `rows left out, as fewer than ${leastGroup} rows or individuals of a party are behind them: ${left}`,
    );
  if (suppressed > 0) {
    lines.push(
      `cells left empty, as fewer than ${leastGroup} rows or individuals of a party with a value are behind them: ${suppressed}`,
    );
  }
  const repeated = groups.countRepeated(written);
  if (repeated > 0) {
    lines.push(
      `keys with several rows in more than one table: ${repeated} (each row is counted once, where a join in SQL multiplies them)`,
    );
  }
  if (groups.rounded) {
    lines.push(
      'Warning: whole numbers were rounded: 64-bit floats have no place for all of their digits. "numbers": "decimal" keeps them.',
    );
  }
  if (isUnmatched(groups, outcome)) {
    const used = counts.map(({ rows, emptyKeys }) => rows - emptyKeys);
    lines.push(
      ...emptyWarnings(
        used,
        counts.map(({ sample }) => sample),
        REMEDY,
      ),
    );
  }
  return lines.join('\n');
}
