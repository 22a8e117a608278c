/** What the command line itself refuses, and how every error is shown. */
import { CodedError, messageOf, systemCode, visible, visibleJson } from '@gaiwan/errors';
import type { cliRefusals } from './refusals.ts';

export class CliError extends CodedError<keyof typeof cliRefusals> {
  override readonly name = 'CliError';
}

export function usage(message: string): CliError {
  return new CliError('usage', message);
}

/** A file cannot be read, for the reason that the system gives; an error that is not of the file system propagates as it is. */
export function unreadable(path: string, cause: unknown): CliError {
  if (systemCode(cause) === undefined) throw cause;
  return new CliError('io', `${path} cannot be read: ${messageOf(cause)}`, { cause });
}

interface Decision {
  readonly policyId: string | undefined;
  readonly subjects: readonly string[] | undefined;
}

/** Who decided, and about whom: errors of the platform and of the SDK say so. */
function decisionOf(error: unknown): Decision {
  const policyId = error instanceof Error && 'policyId' in error ? error.policyId : undefined;
  const subjects = error instanceof Error && 'subjects' in error ? error.subjects : undefined;
  return {
    policyId: typeof policyId === 'string' ? policyId : undefined,
    subjects: Array.isArray(subjects) ? subjects.map(String) : undefined,
  };
}

/** What is in the way, and what to do about it: for programs, which do not read sentences. */
function detailsOf(error: unknown): { details?: unknown; roles?: unknown } {
  const listed = (name: string) => {
    const value: unknown = error instanceof Error ? Reflect.get(error, name) : undefined;
    return Array.isArray(value) && value.length > 0 ? { [name]: value } : {};
  };
  return { ...listed('details'), ...listed('roles') };
}

/** One line for people, or one JSON object. */
export function formatError(error: unknown, json: boolean): string {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const code = systemCode(error);
  const { policyId, subjects } = decisionOf(error);
  if (json) {
    const { details, roles } = detailsOf(error);
    const said = { code: code ?? 'internal', message, policyId, subjects, roles, details };
    return visibleJson(JSON.stringify({ error: said }));
  }
  if (code === undefined) return `gaiwan: this is a bug, please report it: ${stack ?? message}`;
  const unnamed = subjects?.some((subject) => !message.includes(subject));
  const who = unnamed ? ` [${subjects?.join(', ')}]` : '';
  const policy = policyId ? `, policy ${policyId}` : '';
  return visible(`gaiwan: ${message}${who} (${code}${policy})`);
}
