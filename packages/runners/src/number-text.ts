/**
 * Text of JSON numbers as Teaclave's programs get it (its JSON library prints doubles with Ryu): the shortest digits that
 * give the same double again, plain where the decimal point lies within -5 < p <= 16 digits, otherwise with an exponent.
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

const I64_MIN = -(2n ** 63n);
const U64_MAX = 2n ** 64n - 1n;

/** From the number's own text: integers of 64 bits stay what they are, every other number is a double. Undefined if it overflows. */
export function numberText(source: string): string | undefined {
  if (/^-?\d{1,20}$/.test(source) && source !== '-0') {
    const integer = BigInt(source);
    if (integer >= I64_MIN && integer <= U64_MAX) return source;
  }
  const value = Number(source);
  return Number.isFinite(value) ? floatText(value) : undefined;
}
