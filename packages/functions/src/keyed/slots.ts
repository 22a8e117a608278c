/** The slots of functions that take a list or a table of each party. */
import type { FunctionContext, Input, Output } from '../function.ts';
import { FunctionError } from '../refusal.ts';

/** `input_data0`, `input_data1`, ... One by one, so that a number far too large ends at the first that is missing. */
export function openInputs(context: FunctionContext, parties: number): Input[] {
  const inputs: Input[] = [];
  for (let i = 0; i < parties; i++) inputs.push(context.input(`input_data${i}`));
  return inputs;
}

/** Whether the task has the input. */
function findInput(context: FunctionContext, name: string): Input | undefined {
  try {
    return context.input(name);
  } catch (error) {
    if (error instanceof FunctionError && error.code === 'unknown-input') return undefined;
    throw error;
  }
}

/** Like `openInputs`, but refuses a number of parties that is not that of the task's inputs, so that nobody's is left out. */
export function openAllInputs(context: FunctionContext, parties: number): Input[] {
  const inputs: Input[] = [];
  for (let i = 0; i < parties; i++) {
    const input = findInput(context, `input_data${i}`);
    if (!input) {
      throw new FunctionError(
        'unknown-input',
        `The argument "num_user" is ${parties}, but the task has no input_data${i}.`,
      );
    }
    inputs.push(input);
  }
  refuseBeyond(context, parties);
  return inputs;
}

/** Whether the task has an input for a party beyond that number. */
export const hasBeyond = (context: FunctionContext, parties: number): boolean =>
  findInput(context, `input_data${parties}`) !== undefined;

/** Refuses a number of parties that leaves an input out. */
export function refuseBeyond(context: FunctionContext, parties: number): void {
  if (!hasBeyond(context, parties)) return;
  throw new FunctionError(
    'invalid-arguments',
    `The argument "num_user" is ${parties}, but the task has an input_data${parties}, which would be left out.`,
  );
}

/**
 * The outputs `output_data0`, ... that there are, undefined for a party without one: it learns no more than what the
 * result says.
 */
export function openOutputs(context: FunctionContext, parties: number): (Output | undefined)[] {
  return Array.from({ length: parties }, (_, i) => {
    try {
      return context.output(`output_data${i}`);
    } catch (error) {
      if (error instanceof FunctionError && error.code === 'unknown-output') return undefined;
      throw error;
    }
  });
}
