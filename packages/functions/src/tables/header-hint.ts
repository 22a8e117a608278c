/** What to say of a table without a header whose first row has no numbers. */
import type { FieldRules } from '../text/line.ts';

export const headerHint = (header: boolean): Pick<FieldRules, 'firstRow'> =>
  header ? {} : { firstRow: 'If it has the names of the columns, give "header": true.' };
