/** A task that is run twice, on different workers: what both runs must have in common. */

/** SHA-256 (hex) of what a run made, as plaintext. They never leave the platform: who knows one can test guesses. */
export interface Digests {
  readonly returnValue: string;
  /** By slot. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** What the first run left behind; the second may not be the same worker's. */
export interface FirstRun {
  readonly worker: string;
  readonly digests: Digests;
}

const RETURN_VALUE = 'return value';

/** What differs: `return value`, and slots of outputs, sorted. */
export function differences(first: Digests, second: Digests): string[] {
  const slots = new Set([...Object.keys(first.outputs), ...Object.keys(second.outputs)]);
  const different = [...slots].filter((slot) => first.outputs[slot] !== second.outputs[slot]).sort();
  return first.returnValue === second.returnValue ? different : [RETURN_VALUE, ...different];
}

/** A reason for participants. */
export const differReason = (different: readonly string[]): string =>
  `The two runs of the function differ in: ${different.join(', ').slice(0, 500)}. Nothing is released.`;
