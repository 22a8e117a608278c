/** JSON of strangers: one value, or one on each line. */

export type Members = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** None of anything else. */
export const membersOf = (value: unknown): Members => (isObject(value) ? value : {});

/** Undefined for what is no text, no JSON, or no object. */
export function readJson(bytes: Uint8Array): readonly Members[] | undefined {
  const text = decode(bytes);
  if (text === undefined) return undefined;
  const whole = parse(text);
  if (whole !== undefined) return isObject(whole) ? [whole] : undefined;
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const values = lines.map(parse);
  return values.every(isObject) ? values : undefined;
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
