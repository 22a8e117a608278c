/** SHA-256 of what a run made, as plaintext. They never leave the platform: who knows one can test guesses. */
export interface Digests {
  readonly returnValue: Uint8Array;
  /** By slot. */
  readonly outputs: Readonly<Record<string, Uint8Array>>;
}

const RETURN_VALUE = 'return value';

/** What two runs of a task do not have in common: `return value`, and slots of outputs, sorted. */
export function differences(first: Digests, second: Digests): string[] {
  const slots = new Set([...Object.keys(first.outputs), ...Object.keys(second.outputs)]);
  const different = [...slots]
    .filter((slot) => !isSame(own(first.outputs, slot), own(second.outputs, slot)))
    .sort();
  return isSame(first.returnValue, second.returnValue) ? different : [RETURN_VALUE, ...different];
}

/** A slot may be called "constructor". */
const own = (outputs: Digests['outputs'], slot: string): Uint8Array | undefined =>
  Object.hasOwn(outputs, slot) ? outputs[slot] : undefined;

const isSame = (one: Uint8Array | undefined, other: Uint8Array | undefined): boolean =>
  one !== undefined &&
  other !== undefined &&
  one.length === other.length &&
  one.every((byte, index) => byte === other[index]);
