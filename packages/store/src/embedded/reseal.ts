/** Sealing anew what older generations of the keys sealed, a few rows at a time. */
import type { Sealer } from '../sealed.ts';
import type { SealedRow, Tables } from './tables.ts';

const tableNames = ['entry', 'item', 'log'] as const;

/** The row after which to continue. */
export interface ResealPlace {
  readonly table: (typeof tableNames)[number];
  readonly row: number;
  /** The generation that was the newest when it was begun: when keys are rotated meanwhile, it begins anew. */
  readonly generation: number;
}

export const resealStart = (generation: number): ResealPlace => ({ table: 'entry', row: 0, generation });

/** What is read and sealed anew at once: a few milliseconds, in which others wait. A larger value is a step of its own. */
const STEP_ROWS = 200;
const STEP_BYTES = 4 * 1024 * 1024;

/** The next rows, and whether there may be more. */
function readStep(tables: Tables, { table, row }: ResealPlace): { rows: SealedRow[]; more: boolean } {
  const rows: SealedRow[] = [];
  let bytes = 0;
  for (const one of tables.sealedRows(table, row)) {
    rows.push(one);
    bytes += one.sealed.length;
    if (rows.length === STEP_ROWS || bytes >= STEP_BYTES) return { rows, more: true };
  }
  return { rows, more: false };
}

/** Within a transaction of the caller's. Returns where to continue, or nothing after the last row. Throws `tampered`. */
export function resealRows(tables: Tables, sealer: Sealer, from: ResealPlace): ResealPlace | undefined {
  const { table, generation } = from;
  const { rows, more } = readStep(tables, from);
  for (const one of rows) {
    if (sealer.isNewest(one.sealed)) continue;
    const plain = sealer.open(one.place, one.sealed);
    tables.setSealed(table, one.row, sealer.seal(one.place, plain));
    plain.fill(0);
  }
  const last = rows.at(-1);
  if (last !== undefined && more) return { table, row: last.row, generation };
  const next = tableNames[tableNames.indexOf(table) + 1];
  return next && { table: next, row: 0, generation };
}
