/** What keeps a sandbox from being set up at all. What goes wrong with one job is an `ExecutorError`. */
import { CodedError, type RefusalTable } from '@gaiwan/errors';

/** Every code of `SandboxError`. */
export const sandboxRefusals = {
  layer: {
    meaning: 'A layer of the sandbox that is required is not on offer here.',
    remedy: 'Run `gaiwan doctor`, which names each missing layer and how to get it.',
  },
  runner: {
    meaning: 'The description of a runner is wrong, or the program that it names cannot be used.',
    remedy: 'Correct what the message names: a key of executor.json, a path, an interpreter.',
  },
  start: {
    meaning: "The runner's process does not start, or ends before it is ready.",
    remedy: 'Read what it printed, which the message repeats.',
  },
} as const satisfies RefusalTable;

/** See `sandboxRefusals`. */
export type SandboxErrorCode = keyof typeof sandboxRefusals;

/** A sandbox cannot be set up. */
export class SandboxError extends CodedError<SandboxErrorCode> {
  override readonly name = 'SandboxError';
}
