/** Dates of a query (RFC 3339): each stands for as long as it is written for, a second or a fraction of one. */
import { misread } from './misread.ts';

/** Microseconds since the epoch; `end` is not part of it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const FORM =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;
/** At the beginning of a text: what looks like a date and contains characters that end a word. */
export const dateForm = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})(?=[\s)\]}^]|$)/y;

const SECOND = 1_000_000;
const bad = (text: string) =>
  misread(`"${text}" is no date as 2026-11-30T14:05:00Z, with a fraction of a second or without.`);

/** @throws PlatformError (bad-audit-query) */
export function spanOf(text: string): Span {
  const parts = FORM.exec(text);
  if (!parts) throw bad(text);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map(Number);
  const [fraction = '', sign = '+', offsetHours = '00', offsetMinutes = '00'] = parts.slice(7);
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  // A day that the month does not have, or hour 24, comes out as another.
  const same =
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second;
  const offset = Number(offsetHours) * 60 + Number(offsetMinutes);
  if (!same || year < 100 || Number(offsetHours) > 23 || Number(offsetMinutes) > 59) throw bad(text);
  const east = sign === '-' ? -offset : offset;
  // Entries have microseconds; what is finer is cut off.
  const digits = fraction.slice(0, 6);
  const start = date.getTime() * 1000 - east * 60 * SECOND + Number(digits.padEnd(6, '0'));
  return { start, end: start + 10 ** (6 - digits.length) };
}
