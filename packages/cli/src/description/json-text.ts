/** TOML values as the JSON text that a function gets. */
import { usage } from '../errors.ts';

/**
 * `value`: as the TOML parser gives it, integers as bigints. So 2 stays 2 and 2.0 stays 2.0, which a function may tell apart.
 *
 * @param place For errors. Throws `CliError` (usage) for what JSON has no form for.
 */
export function jsonText(value: unknown, place: string): string {
  if (typeof value === 'bigint' || typeof value === 'boolean') return `${value}`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return floatText(value, place);
  if (Array.isArray(value)) return `[${value.map((one, i) => jsonText(one, `${place}[${i}]`)).join(',')}]`;
  if (value instanceof Date)
    throw usage(`${place} is a date, and JSON has none: write it as a text, in quotes.`);
  if (typeof value !== 'object' || value === null) throw usage(`${place} cannot be an argument.`);
  const members = Object.entries(value).map(
    ([name, one]) => `${JSON.stringify(name)}:${jsonText(one, `${place}.${name}`)}`,
  );
  return `{${members.join(',')}}`;
}

function floatText(value: number, place: string): string {
  if (!Number.isFinite(value)) throw usage(`${place} is ${value}, which JSON has no form for.`);
  const text = Object.is(value, -0) ? '-0' : `${value}`;
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}
