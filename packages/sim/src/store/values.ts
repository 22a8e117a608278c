/** Values that tell which write they are of, and whether all of them is there. */

/** `label|label|...`, cut to a length. A label has no `|`. */
export function makeValue(label: string, length: number): Uint8Array {
  const start = `${label}|${length}|`;
  return Buffer.from(start.repeat(Math.ceil(Math.max(length, start.length) / start.length)));
}

/** Its label, or what is wrong with it. */
export function labelOf(value: Uint8Array): string {
  if (value.length === 0) return '';
  const text = Buffer.from(value).toString();
  const [label = '', length = ''] = text.split('|', 2);
  const isWhole = Buffer.compare(value, makeValue(label, Number(length))) === 0;
  return isWhole ? label : `no value of this history: ${text.slice(0, 40)}`;
}
