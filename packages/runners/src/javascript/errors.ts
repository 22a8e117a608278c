/** A function's error as one line: what and where. */

import { isRequestRefusal } from '@gaiwan/protocol/executor';
import type { QuickJSContext, QuickJSHandle } from 'quickjs-emscripten-core';
import { RunnerFailure } from '../failure.ts';
import type { RefusedError } from '../refused-error.ts';

export const NATIVE_STACK = 'InternalError: stack overflow';

/** An error inside the engine, with the refusal's code as its own property. */
export function refusalInside(context: QuickJSContext, { name, message, code }: RefusedError): QuickJSHandle {
  const error = context.newError({ name, message });
  context.newString(code).consume((value) => context.setProp(error, 'code', value));
  return error;
}

/** @param handle Anything: whoever throws chooses what. */
export function describeError(
  context: QuickJSContext,
  handle: QuickJSHandle,
  memoryMiB: number,
): RunnerFailure {
  if (context.typeof(handle) !== 'object') return describeThrown(context, handle);
  const property = (name: string): string => {
    try {
      return context
        .getProp(handle, name)
        .consume((value) => (context.typeof(value) === 'string' ? context.getString(value) : ''));
    } catch {
      return '';
    }
  };
  const name = property('name') || 'Error';
  const message = property('message');
  if (isOutOfMemory(name, message)) {
    return new RunnerFailure(
      `The function needs more memory than the ${memoryMiB} MiB that the task allows.`,
      { limit: 'memory' },
    );
  }
  const [, place] =
    /\((function\.js:\d+(?::\d+)?)\)|at (function\.js:\d+(?::\d+)?)/
      .exec(property('stack'))
      ?.filter(Boolean) ?? [];
  const code = property('code');
  return new RunnerFailure(`${name}: ${message}${place ? ` (${place})` : ''}`, {
    ...(isRequestRefusal(code) && { code }),
  });
}

/** What was thrown is no object. */
function describeThrown(context: QuickJSContext, handle: QuickJSHandle): RunnerFailure {
  let text = '';
  try {
    text = context.getString(handle);
  } catch {
    text = 'something that cannot be said';
  }
  return new RunnerFailure(`The function threw ${text || 'nothing'}`);
}

/** QuickJS has no codes: this is all that it says. A function that throws the same says so of itself. */
const isOutOfMemory = (name: string, message: string): boolean =>
  name === 'InternalError' && message === 'out of memory';
