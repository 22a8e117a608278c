/** UTF-16 code units in the order of the code points that they are of: surrogates come after all others. */
const rank = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800);

/** By code points, which is the order of their bytes in UTF-8: that of Teaclave's arguments. For `sort`. */
export function byCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** The text of an object whose members have these texts already. */
export function objectText(members: ReadonlyMap<string, string>): string {
  const sorted = [...members].sort(([a], [b]) => byCodePoints(a, b));
  return `{${sorted.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`;
}
