/** Which arguments a task gives beside Teaclave's: by that its functions know whom they answer. */
import type { Declared } from '@gaiwan/catalogue';
import { FunctionError } from '../refusal.ts';
import { quote } from '../text/quote.ts';

/** Teaclave's own argument for all functions: whether the log is kept. */
const SAVE_LOG = 'save_log';

/** The names of `declared` that the task gives, in the declaration's order. */
export const givenOf = (args: Readonly<Record<string, unknown>>, declared: Declared): readonly string[] =>
  Object.keys(declared).filter((name) => Object.hasOwn(args, name));

/**
 * Refuses names that the function does not know: a misspelt one would leave its default in place without a sign.
 *
 * @throws FunctionError `invalid-arguments`
 */
export function refuseUnknown(args: Readonly<Record<string, unknown>>, declared: Declared): void {
  const unknown = Object.keys(args).find((name) => name !== SAVE_LOG && !Object.hasOwn(declared, name));
  if (unknown === undefined) return;
  throw new FunctionError(
    'invalid-arguments',
    `There is no argument ${quote(unknown)}. There are ${Object.keys(declared).join(', ') || 'none'}.`,
  );
}

/**
 * Refuses arguments that something else does not look at.
 *
 * @throws FunctionError `invalid-arguments`
 */
export function refuseIgnored(given: readonly string[], names: readonly string[], remedy: string): void {
  const ignored = names.find((name) => given.includes(name));
  if (ignored === undefined) return;
  throw new FunctionError('invalid-arguments', `The argument "${ignored}" would be ignored: ${remedy}.`);
}
