/** Options and arguments that many commands share. */

import { dictionary } from '@gaiwan/errors';
import { usage } from './errors.ts';
import { schemes } from './terminal/keys.ts';

const text = (input: string) => input;

export const jsonFlag = { kind: 'boolean', brief: 'Print JSON', optional: true, withNegated: false } as const;
export interface Json {
  readonly json?: boolean | undefined;
}

/** An optional text. */
export const textFlag = (brief: string, placeholder = 'TEXT') =>
  ({ kind: 'parsed', parse: text, brief, placeholder, optional: true }) as const;
export const requiredText = (brief: string, placeholder = 'TEXT') =>
  ({ kind: 'parsed', parse: text, brief, placeholder }) as const;
/** An option that may be given several times. */
export const listFlag = (brief: string, placeholder = 'TEXT') =>
  ({ kind: 'parsed', parse: text, brief, placeholder, optional: true, variadic: true }) as const;
export const switchFlag = (brief: string) =>
  ({ kind: 'boolean', brief, optional: true, withNegated: false }) as const;
export const numberFlag = (brief: string, minimum: number, maximum: number) =>
  ({ kind: 'parsed', parse: integer(minimum, maximum), brief, placeholder: 'N', optional: true }) as const;

/** Of everything that listens. */
export const connectionsFlag = numberFlag(
  'Connections to a port from one address (default: 256; more behind a proxy, which has one address for all)',
  1,
  4096,
);

export const schemeFlag = { kind: 'enum', values: schemes, brief: 'Encryption scheme' } as const;
export const ivFlag = textFlag('IV of aes-gcm-*: 24 hex digits, never twice with one key', 'HEX');
export const keyFileFlag = requiredText('File with the key in hex; - is standard input', 'FILE');

const what = (placeholder: string) => placeholder.toLowerCase().replaceAll('_', ' ');

/** One positional argument, required. */
export const positional = (placeholder: string) =>
  ({
    kind: 'tuple',
    parameters: [{ parse: text, brief: placeholder.toLowerCase(), placeholder }],
  }) as const;

export const positionalList = (placeholder: string, minimum: number) =>
  ({
    kind: 'array',
    minimum,
    parameter: { parse: text, brief: what(placeholder), placeholder },
  }) as const;

function integer(minimum: number, maximum: number) {
  return (input: string): number => {
    const value = /^-?\d{1,15}$/.test(input) ? Number(input) : Number.NaN;
    if (value >= minimum && value <= maximum) return value;
    throw usage(`${JSON.stringify(input)} is not a whole number from ${minimum} to ${maximum}.`);
  };
}

/** `slot=value` pairs. Throws `CliError` (usage). */
export function pairs(given: readonly string[] | undefined, what: string): Record<string, string> {
  const entries = (given ?? []).map((pair) => {
    const equals = pair.indexOf('=');
    if (equals < 1 || equals === pair.length - 1)
      throw usage(`${JSON.stringify(pair)} is not of the form ${what}.`);
    return [pair.slice(0, equals), pair.slice(equals + 1)] as const;
  });
  const slots = dictionary(entries);
  if (Object.keys(slots).length !== entries.length)
    throw usage(`A name is given twice in ${(given ?? []).join(' ')}.`);
  return slots;
}

/** Help text below a command's first line. */
export const examples = (...lines: readonly string[]) =>
  `Examples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
