/** A task's arguments against those that its function declares (contract 3.6). */
import { canonicalJson, type FunctionArgument } from '@gaiwan/protocol';
import { refuse } from '../errors.ts';
import { limits } from '../limits.ts';

type JsonObject = Record<string, unknown>;

/** Parses JSON object text; bounded in size and depth, duplicate members refused. */
export function parseArguments(text: string): JsonObject {
  const bad = (why: string) =>
    refuse(
      'bad-arguments',
      `Cannot convert to function arguments: ${why}. Send the text of one JSON object.`,
    );
  if (text.length > limits.argumentsText.value) {
    throw refuse(
      'arguments-too-large',
      `The arguments have ${text.length} characters; at most ${limits.argumentsText.value} are taken. Hand big data in as an input file.`,
    );
  }
  checkShape(text, bad);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw bad(cause instanceof Error ? cause.message : 'it is no JSON');
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw bad('it is no JSON object');
  return value as JsonObject;
}

/** One pass over the text before it is parsed: depth, and member names that come twice (JSON.parse would keep one). */
function checkShape(text: string, bad: (why: string) => Error): void {
  const members: (Set<string> | undefined)[] = [];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[{}[\]]/g)) {
    if (token === '{' || token === '[') {
      members.push(token === '{' ? new Set() : undefined);
      if (members.length > limits.argumentsDepth.value)
        throw bad(`it is nested deeper than ${limits.argumentsDepth.value}`);
    } else if (token === '}' || token === ']') {
      members.pop();
    } else if (token.endsWith(':')) {
      const name = memberName(token);
      const names = members.at(-1);
      if (names?.has(name)) throw bad(`it has the member ${token.slice(0, 60)} twice`);
      names?.add(name);
    }
  }
}

/** Two spellings of one name are one name. */
function memberName(token: string): string {
  const literal = token.slice(0, -1).trimEnd();
  try {
    return JSON.parse(literal) as string;
  } catch {
    return literal; // JSON.parse of the whole will say what is wrong.
  }
}

/** The arguments that the function gets: the caller's, plus fixed ones of the function's owner. Canonical text. */
export function bindArguments(text: string, declared: readonly FunctionArgument[]): string {
  const given = parseArguments(text);
  const wanted = declared.filter((argument) => argument.allowOverwrite).map(({ key }) => key);
  const missing = wanted.filter((key) => !Object.hasOwn(given, key));
  const extra = Object.keys(given).filter((key) => !wanted.includes(key));
  if (missing.length > 0 || extra.length > 0) {
    const parts = [
      ...(missing.length > 0 ? [`missing: ${missing.join(', ')}`] : []),
      ...(extra.length > 0 ? [`not declared: ${extra.join(', ').slice(0, 200)}`] : []),
    ];
    throw refuse(
      'arguments-mismatch',
      `The arguments are not those that the function declares (${parts.join('; ')}).`,
      {
        subjects: [...missing, ...extra].slice(0, 50),
      },
    );
  }
  const fixed = declared
    .filter((argument) => !argument.allowOverwrite)
    .map(({ key, defaultValue }) => [key, defaultValue] as const);
  const all = Object.assign(Object.create(null) as JsonObject, given, Object.fromEntries(fixed));
  return canonicalJson(all);
}
