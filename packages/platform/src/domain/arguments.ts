/** A task's arguments against those that its function declares (contract 3.6). */
import {
  type Arguments,
  ArgumentsTextError,
  argumentsText,
  type FunctionArgument,
  readArguments,
} from '@gaiwan/protocol';
import { refuse } from '../errors.ts';

/** What `work` refuses is a refusal of the call. */
function refusing<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ArgumentsTextError) throw refusalOf(error);
    throw error;
  }
}

/** The contract's text, whatever cannot be read. */
const UNREADABLE = 'Cannot convert to function arguments';

function refusalOf(cause: ArgumentsTextError): Error {
  const sentence = `The arguments cannot be read: ${cause.message}.`;
  switch (cause.code) {
    case 'too-long':
      return refuse('arguments-too-large', sentence, { cause });
    case 'number-out-of-range':
      return refuse('argument-out-of-range', sentence, { cause, wire: UNREADABLE, subjects: [cause.member] });
    default:
      return refuse('bad-arguments', `${sentence} Send the text of one JSON object.`, {
        cause,
        wire: UNREADABLE,
      });
  }
}

function requireDeclared(given: Arguments, declared: readonly FunctionArgument[]): void {
  const wanted = new Set(declared.filter((argument) => argument.allowOverwrite).map(({ key }) => key));
  const missing = [...wanted].filter((key) => !given.has(key));
  const extra = [...given.keys()].filter((key) => !wanted.has(key));
  if (missing.length === 0 && extra.length === 0) return;
  const parts = [
    ...(missing.length > 0 ? [`missing: ${missing.join(', ')}`] : []),
    ...(extra.length > 0 ? [`not declared: ${extra.join(', ').slice(0, 200)}`] : []),
  ];
  throw refuse(
    'arguments-mismatch',
    `The arguments are not those that the function declares (${parts.join('; ')}).`,
    { subjects: [...missing, ...extra].slice(0, 50) },
  );
}

/**
 * The arguments that the function gets: the caller's, plus fixed ones of the function's owner, which are strings. Canonical
 * text.
 */
export function bindArguments(text: string, declared: readonly FunctionArgument[]): string {
  const given = refusing(() => readArguments(text));
  requireDeclared(given, declared);
  const all = new Map(given);
  for (const { key, defaultValue, allowOverwrite } of declared)
    if (!allowOverwrite) all.set(key, JSON.stringify(defaultValue));
  return refusing(() => argumentsText(all));
}
