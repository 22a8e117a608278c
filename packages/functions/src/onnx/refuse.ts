/** What is refused of a model that runs, in the same words whatever it runs on. */
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import { quote } from '../text/quote.ts';
import { elementName } from './element.ts';
import type { Port } from './runtime.ts';

/** Numbers or texts of one output, for as many rows as go in at once. */
const MAX_OUTPUT = limits.onnxOutput.value;

/** Without the file and line, and the C++ function, that some of the runtime's messages start with. */
const withoutSource = (why: string): string =>
  why
    .slice(0, 5000)
    .replace(/^\/\S+:\d+ /, '')
    .replace(/^[\w :<>&*~,]{1,200}::[\w~]+\([^)]{0,2000}\) (?:const )?/, '')
    .trim();

/** Of C++, and of the runtime's arena. */
const NO_MEMORY = ['bad_alloc', 'Failed to allocate memory'];

/**
 * Runs `body` against the runtime; whatever comes out of it (C++ exceptions, traps, aborts) means that the model is at
 * fault, for nothing else in there is untrusted.
 */
export function guard<T>(what: string, outOfMemory: () => FunctionError, body: () => T): T {
  try {
    return body();
  } catch (cause) {
    if (cause instanceof FunctionError) throw cause;
    const why = cause instanceof Error ? cause.message : 'it failed';
    if (NO_MEMORY.some((words) => why.includes(words))) throw outOfMemory();
    throw new FunctionError('invalid-model', `${what}: ${withoutSource(why).slice(0, 500)}`, { cause });
  }
}

/** Of an output whose elements no typed array has. */
export const noNumbers = (output: Port, type: number): FunctionError =>
  new FunctionError(
    'invalid-model',
    `The model's output ${quote(output.name)} is of ${elementName(type)}, which has no numbers to write: choose another output.`,
  );

/** How many elements an output has. Throws `FunctionError` where they are too many. */
export function countElements(output: Port, dims: readonly number[]): number {
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (count <= MAX_OUTPUT) return count;
  throw new FunctionError(
    'invalid-model',
    `The model's output ${quote(output.name)} has the shape [${dims.join(', ')}]: at most ${MAX_OUTPUT} numbers or texts can be taken at once.`,
  );
}
