import { CodedError, type RefusalTable } from '@gaiwan/errors';

export const taskFaults = {
  'bad-file': {
    meaning: 'A file is not the one that was registered, or does not decrypt. The message names the slot.',
    remedy: 'Register the file again, with its key and tag.',
  },
  'no-such-blob': {
    meaning: 'A URL names no file of this platform, or the platform does not give it.',
    remedy: 'Upload the file again, and register it under its new URL.',
  },
  'blob-missing': {
    meaning: 'The file that the platform keeps is gone from its disk, or is not whole.',
    remedy: 'Tell the operator, who may have a backup; or upload the file again, and assign it anew.',
  },
  'transfer-broken': {
    meaning: 'The connection broke while a file was fetched or stored.',
    remedy: 'Check that the server can be reached, and create the task again.',
  },
  'origin-not-allowed': {
    meaning: 'A file is at an origin that the operator has not allowed, or a redirect leads to one.',
    remedy: 'Upload the file to the platform, or ask the operator to allow the origin (--allow-url).',
  },
  'private-address': {
    meaning: "A host's name leads to a private address.",
    remedy: 'Use a host that is public, or ask the operator to allow the address itself.',
  },
  'no-answer': {
    meaning: 'A server did not answer in time.',
    remedy: 'Check that it can be reached, and create the task again.',
  },
  'too-slow': {
    meaning: 'The server of an external URL gave or took next to nothing for a minute.',
    remedy: 'Upload the file to the platform, or choose a faster server, and create the task again.',
  },
  'transfer-limit': {
    meaning: "Fetching and storing the task's files took longer than the task allows.",
    remedy: 'Raise the limit of time for files (`transferMs`), or choose faster servers.',
  },
  'bad-answer': {
    meaning:
      'A server answered with another status than success, with a part of a file, or redirects without end.',
    remedy: 'Check the URL, and that it may be read or written without credentials.',
  },
  'storage-quota': {
    meaning: 'An output was not kept: its owner, or its group, has the platform keep as much as it may.',
    remedy:
      'See `gaiwan quota show`; delete what is not needed (`gaiwan data delete`, `gaiwan tasks delete`), or ask the operator for a larger quota.',
  },
  'disk-full': {
    meaning: "An output was not kept: the platform's disk is full.",
    remedy: 'Tell the operator, and create the task again once there is room.',
  },
  'missing-output': {
    meaning: 'The function ended without creating one of its outputs.',
    remedy: 'Correct the function, or leave the output out where it is optional.',
  },
  'runs-differ': {
    meaning: 'The two runs of the function made different results. Nothing is released.',
    remedy: 'Make the function deterministic: no clock, no random numbers.',
  },
  'iv-used': {
    meaning: "Another content was already encrypted under an output's key and IV.",
    remedy: 'Register an output with a fresh IV.',
  },
} as const satisfies RefusalTable;

interface TaskFaultOptions {
  readonly cause?: unknown;
  /** The slot of an input that was approved and is not there, not whole or not authentic. */
  readonly input?: string;
}

/** A task cannot be done, and its participants may read why: the message is the result's reason. */
export class TaskFault extends CodedError<keyof typeof taskFaults> {
  override readonly name = 'TaskFault';
  readonly input: string | undefined;

  constructor(code: keyof typeof taskFaults, message: string, { cause, input }: TaskFaultOptions = {}) {
    super(code, message, { cause });
    this.input = input;
  }
}

/** One that is about an input. */
export type InputFault = TaskFault & { readonly input: string };

export const isInputFault = (error: unknown): error is InputFault =>
  error instanceof TaskFault && error.input !== undefined;
