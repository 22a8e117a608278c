import { CodedError, type RefusalTable } from '@gaiwan/errors';

/** What bytes that should be a task manifest or a function's definition can be instead. */
export const manifestRefusals = {
  'too-large': {
    meaning: 'The manifest or definition is longer than any platform makes one.',
    remedy: 'Give the task fewer slots, or hand big arguments in as an input file.',
  },
  'not-json': {
    meaning: 'The bytes are not the UTF-8 text of a JSON value.',
    remedy: 'Do not approve or run it, and tell the operator.',
  },
  'unknown-format': {
    meaning: 'It is of another format, or of another version of the format, than this program reads.',
    remedy: 'Use a client and workers of the same release as the platform.',
  },
  'bad-form': {
    meaning: 'A member is missing, unknown, of another type, or beyond a limit. The message says which.',
    remedy: 'Do not approve or run it, and tell the operator.',
  },
  'not-canonical': {
    meaning:
      'The value is written otherwise than RFC 8785 writes it, or its arguments otherwise than in their canonical form, so that readers might see different things.',
    remedy: 'Do not approve or run it, and tell the operator.',
  },
  incoherent: {
    meaning:
      'Its members contradict each other: a list is not sorted, or somebody involved is no participant.',
    remedy: 'Do not approve or run it, and tell the operator.',
  },
} as const satisfies RefusalTable;

/** Bytes, or a value, that cannot be a task manifest or a function's definition. */
export class ManifestError extends CodedError<keyof typeof manifestRefusals> {
  override readonly name = 'ManifestError';
}
