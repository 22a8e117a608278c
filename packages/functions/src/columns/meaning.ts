/** What the values of a column mean, whatever kind of file they come from. */
import { quote } from '../text/quote.ts';
import { broken } from './place.ts';

export type Bits = 8 | 16 | 32 | 64;

/** What the values of a column mean. */
export type Meaning =
  | {
      readonly kind:
        | 'boolean'
        | 'float'
        | 'double'
        | 'half'
        | 'date'
        | 'text'
        | 'bytes'
        | 'uuid'
        | 'int96'
        | 'nothing';
    }
  | { readonly kind: 'integer'; readonly bits: Bits; readonly signed: boolean }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  /** `digits`: of the fraction of a second that the unit is. */
  | { readonly kind: 'time' | 'timestamp'; readonly digits: 0 | 3 | 6 | 9; readonly utc: boolean };

/** More digits than any database has: a column of them is refused. */
const MOST_PRECISION = 76;
/** Of a decimal in bytes: enough for these digits. */
export const MOST_DECIMAL_BYTES = 32;

/** Refuses a column. `what`: "a list". */
export const refuseColumn = (name: string, what: string): never =>
  broken(
    `the column ${quote(name)} is ${what}, which has no form in a table of plain values. Leave it out of the file`,
  );

/** @throws FunctionError without the place */
export function decimalMeaning(scale: number, precision: number): Meaning {
  if (precision < 1 || precision > MOST_PRECISION || scale < 0 || scale > precision) {
    broken(`its metadata have a decimal of ${precision} digits, ${scale} of them after the point`);
  }
  return { kind: 'decimal', precision, scale };
}
