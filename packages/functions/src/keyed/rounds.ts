/** In which order the inputs of several parties are read, once each: the one whose keys are kept comes first. */
import type { Input } from '../function.ts';

export interface Round {
  /** 1, 2, ...: 1 for the input whose keys are kept. */
  readonly round: number;
  /** Of the input, from 0. */
  readonly number: number;
  readonly input: Input;
}

/** The input whose keys are kept: the first one, whose order is the output's, unless one is much smaller. */
export function chooseKeptInput(inputs: readonly Input[]): number {
  const sizes = inputs.map((input) => input.size ?? Number.POSITIVE_INFINITY);
  const [first = Number.POSITIVE_INFINITY] = sizes;
  const least = Math.min(...sizes);
  return least < 0.75 * first ? sizes.indexOf(least) : 0;
}

/** All inputs: the kept one, then the others in their order. */
export function* roundsOf(inputs: readonly Input[], kept: number): Generator<Round, void, void> {
  let round = 1;
  for (const [number, input] of inputs.entries()) if (number === kept) yield { round, number, input };
  for (const [number, input] of inputs.entries()) {
    if (number !== kept) yield { round: ++round, number, input };
  }
}
