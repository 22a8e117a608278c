/** Numbers as other countries write them: the arguments `decimal_mark` and `group_mark`. `translator` makes of them what a `RowFormat` takes. */
import { FunctionError } from '../refusal.ts';

export interface Marks {
  readonly decimal: '.' | ',';
  /** Between groups of three digits; empty: there are no groups. */
  readonly group: '' | ',' | '.' | ' ' | "'";
}

/** The text of a number as the readers of numbers take it; undefined: it is none. */
export type Translate = (text: string) => string | undefined;

const GROUPS: Readonly<Record<Marks['group'], string>> = {
  '': '(?!)',
  ',': ',',
  '.': '\\.',
  // Spreadsheets write spaces at which no line is broken.
  ' ': '[ \\u00a0\\u2009\\u202f]',
  "'": "['\\u2019]",
};

/** The same everywhere. */
const WORD = /^[+-]?(?:nan|inf|infinity)$/i;

/** undefined where numbers are written with a point and without groups, so that nothing is to be done. Throws `FunctionError`. */
export function translator({ decimal, group }: Marks): Translate | undefined {
  if (decimal === group) {
    throw new FunctionError(
      'invalid-arguments',
      'The arguments "decimal_mark" and "group_mark" are the same, so that no number could be read.',
    );
  }
  if (decimal === '.' && group === '') return undefined;
  const mark = decimal === '.' ? '\\.' : ',';
  const form = new RegExp(
    `^([+-]?)(\\d*|\\d{1,3}(?:${GROUPS[group]}\\d{3})+)(?:${mark}(\\d*))?((?:[eE][+-]?\\d+)?)$`,
    'u',
  );
  return (text) => {
    const found = form.exec(text);
    if (!found) return WORD.test(text) ? text : undefined;
    const [, sign = '', whole = '', fraction = '', exponent = ''] = found;
    return `${sign}${whole.replaceAll(/\D/gu, '')}.${fraction}${exponent}`;
  };
}
