/** Which arguments a task gives beside Teaclave's: by that its functions know whom they answer. */
import type { Declared } from '@gaiwan/catalogue';
import type { FunctionContext } from '../function.ts';
import { FunctionError } from '../refusal.ts';
import { quote } from '../text/quote.ts';
import { isNear } from './near.ts';

/** Teaclave's own argument for all functions: whether the log is kept. */
const SAVE_LOG = 'save_log';
/** Names that a line of the log has at most. */
const SHOWN = 5;

/** The names of `declared` that the task gives, in the declaration's order. */
export const givenOf = (args: Readonly<Record<string, unknown>>, declared: Declared): readonly string[] =>
  Object.keys(declared).filter((name) => Object.hasOwn(args, name));

/** @throws FunctionError `invalid-arguments` */
export function refuse(text: string): never {
  throw new FunctionError('invalid-arguments', text);
}

/**
 * Whether a task gives an argument that Teaclave does not have: then our texts and places are told, which are not in its contract.
 * `contract`: the names that are Teaclave's.
 */
export const givesOurs = (
  args: Readonly<Record<string, unknown>>,
  declared: Declared,
  contract: readonly string[],
): boolean => givenOf(args, declared).some((name) => !contract.includes(name));

/**
 * Refuses names that the function does not know: a misspelt one would leave its default in place without a sign.
 *
 * @throws FunctionError `invalid-arguments`
 */
export function refuseUnknown(args: Readonly<Record<string, unknown>>, declared: Declared): void {
  const [unknown] = unknownOf(args, declared);
  if (unknown !== undefined) refuseName(unknown, declared);
}

const unknownOf = (args: Readonly<Record<string, unknown>>, declared: Declared): readonly string[] =>
  Object.keys(args).filter((name) => name !== SAVE_LOG && !Object.hasOwn(declared, name));

function refuseName(name: string, declared: Declared): never {
  refuse(`There is no argument ${quote(name)}. There are ${Object.keys(declared).join(', ') || 'none'}.`);
}

/**
 * As `refuseUnknown`, for functions that Teaclave has: it ignores unknown names, and so do we, with a line in the log, for
 * who gives none of our arguments and no name that is nearly one. `contract`: the names that are Teaclave's.
 *
 * @throws FunctionError `invalid-arguments`
 */
export function refuseMisspelt(
  { args, log }: Pick<FunctionContext, 'args' | 'log'>,
  declared: Declared,
  contract: readonly string[],
): void {
  const unknown = unknownOf(args, declared);
  if (unknown.length === 0) return;
  const isOurs = givesOurs(args, declared, contract);
  const misspelt = unknown.find(
    (given) => isOurs || Object.keys(declared).some((name) => isNear(given, name)),
  );
  if (misspelt !== undefined) refuseName(misspelt, declared);
  const shown = unknown.slice(0, SHOWN).map(quote).join(', ');
  const more = unknown.length > SHOWN ? ` and ${unknown.length - SHOWN} more` : '';
  log(
    unknown.length === 1
      ? `There is no argument ${shown}: it is ignored.`
      : `There are no arguments ${shown}${more}: they are ignored.`,
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
  refuse(`The argument "${ignored}" would be ignored: ${remedy}.`);
}
