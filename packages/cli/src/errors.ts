/** What the command line itself refuses, and how every error is shown. */
import { CodedError } from '@gaiwan/errors';
import type { cliRefusals } from './refusals.ts';

export class CliError extends CodedError<keyof typeof cliRefusals> {
  override readonly name = 'CliError';
}

export function usage(message: string): CliError {
  return new CliError('usage', message);
}

/** One line for people, or one JSON object. */
export function formatError(error: unknown, json: boolean): string {
  const { code, policyId, subjects, message, stack } = (
    error instanceof Error ? error : new Error(String(error))
  ) as {
    code?: unknown;
    policyId?: string;
    subjects?: readonly string[];
    message: string;
    stack?: string;
  };
  if (json) {
    const what = { code: typeof code === 'string' ? code : 'internal', message, policyId, subjects };
    return JSON.stringify({ error: what });
  }
  if (typeof code !== 'string') return `gaiwan: this is a bug, please report it: ${stack ?? message}`;
  const who =
    subjects?.length && !subjects.every((subject) => message.includes(subject))
      ? ` [${subjects.join(', ')}]`
      : '';
  const policy = policyId ? `, policy ${policyId}` : '';
  return `gaiwan: ${message}${who} (${code}${policy})`;
}
