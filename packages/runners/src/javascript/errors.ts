/** A function's error as one line: what and where. */
import type { QuickJSContext, QuickJSHandle } from 'quickjs-emscripten-core';
import { RunnerFailure } from '../failure.ts';

export const NATIVE_STACK = 'InternalError: stack overflow';

/** @param handle Anything: whoever throws chooses what. */
export function describeError(
  context: QuickJSContext,
  handle: QuickJSHandle,
  memoryMiB: number,
): RunnerFailure {
  const property = (name: string): string => {
    try {
      return context
        .getProp(handle, name)
        .consume((value) => (context.typeof(value) === 'string' ? context.getString(value) : ''));
    } catch {
      return '';
    }
  };
  if (context.typeof(handle) !== 'object') {
    let text = '';
    try {
      text = context.getString(handle);
    } catch {
      text = 'something that cannot be said';
    }
    return new RunnerFailure(`The function threw ${text || 'nothing'}`);
  }
  const name = property('name') || 'Error';
  const message = property('message');
  if (name === 'InternalError' && message === 'out of memory') {
    return new RunnerFailure(
      `The function needs more memory than the ${memoryMiB} MiB that the task allows.`,
      'memory',
    );
  }
  const [, place] =
    /\((function\.js:\d+(?::\d+)?)\)|at (function\.js:\d+(?::\d+)?)/
      .exec(property('stack'))
      ?.filter(Boolean) ?? [];
  return new RunnerFailure(`${name}: ${message}${place ? ` (${place})` : ''}`);
}
