/** Numbers of arguments: one text for each value, which is the text that Teaclave's programs get (contract 4.2). */

const I64_MIN = -(2n ** 63n);
const U64_MAX = 2n ** 64n - 1n;

/**
 * A double as Teaclave's JSON library prints it (Ryu): the shortest digits that give the same double again, plain where
 * the decimal point lies within -5 < p <= 16 digits, otherwise with an exponent.
 *
 * @example
 * floatText(100000); // '100000.0'
 */
export function floatText(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [mantissa = '', exponent = '0'] = Math.abs(value).toExponential().split('e');
  const digits = mantissa.replace('.', '');
  const point = Number(exponent) + 1;
  const sign = value < 0 ? '-' : '';
  if (point > 0 && point <= 16) {
    const padded = digits.padEnd(point, '0');
    return `${sign}${padded.slice(0, point)}.${padded.slice(point) || '0'}`;
  }
  if (point > -5 && point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${mantissa}e${point - 1}`;
}

/**
 * The canonical text of a JSON number. Integers of 64 bits stay what they are; a number with a point or an exponent, and `-0`,
 * is a double. Undefined for what neither can carry: a longer integer, `1e400`, and `1e-400`, which is not zero.
 *
 * @param source A number of JSON's grammar.
 */
export function numberText(source: string): string | undefined {
  if (/^-?\d+$/.test(source) && source !== '-0') {
    if (source.length > 20) return undefined;
    const integer = BigInt(source);
    return integer >= I64_MIN && integer <= U64_MAX ? source : undefined;
  }
  const value = Number(source);
  const vanishes = value === 0 && /^[^eE]*[1-9]/.test(source);
  return Number.isFinite(value) && !vanishes ? floatText(value) : undefined;
}
