/** Random numbers that a seed decides. */

/** Numbers from 0 to 1, excluding 1. */
export type Source = () => number;

/** PCG-like mixing of a counter (splitmix, 32 bits twice): the same numbers for a seed on every machine. Not for secrets. */
export function randomSource(seed: number): Source {
  let state = BigInt(seed);
  return () => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let z = state;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return Number((z ^ (z >> 31n)) >> 11n) / 2 ** 53;
  };
}
