/** A built-in function as a runner's language: there is no code but its own. */
import { type BuiltinFunction, FunctionError } from '@gaiwan/functions/native';
import { ChannelError } from '../channel-error.ts';
import { RunnerFailure } from '../failure.ts';
import type { Language } from '../language.ts';
import { isOutOfMemory } from '../v8-errors.ts';
import { contextOf } from './context.ts';

/** `executor`: what it is called, for the refusal of other functions. */
export const builtinLanguage = (builtin: BuiltinFunction, executor: string): Language => ({
  load: () => ({
    fresh: () =>
      Promise.resolve({
        async run(job, files) {
          try {
            if (job.function !== builtin.name) throw otherFunction(builtin, executor);
            return Buffer.from(await builtin.run(contextOf(job, files)));
          } catch (error) {
            throw error instanceof ChannelError ? error : failureOf(error);
          }
        },
      }),
  }),
});

const otherFunction = ({ name }: BuiltinFunction, executor: string) =>
  new FunctionError(
    'unknown-function',
    `The executor ${executor} runs ${name} alone: create the task with the executor "builtin".`,
  );

/** Of an error that is not made for participants they read its kind alone. */
function failureOf(error: unknown): RunnerFailure {
  if (isOutOfMemory(error) || (error instanceof FunctionError && error.code === 'out-of-memory'))
    return new RunnerFailure('The function needs more memory than there is.', { limit: 'memory' });
  if (!(error instanceof FunctionError))
    return new RunnerFailure(`The function failed (${error instanceof Error ? error.name : typeof error}).`);
  const code = error.code === 'unknown-input' ? error.code : undefined;
  return new RunnerFailure(error.message, code && { code });
}
