/** Values out of JSON in messages. */
import { quoted } from '@gaiwan/errors';

/** A stranger's value of JSON as a message tells it: in quotation marks, on one line, cut. `String` of an object may throw. */
export const told = (value: unknown): string =>
  quoted(typeof value === 'string' ? value : value === undefined ? 'undefined' : JSON.stringify(value));
