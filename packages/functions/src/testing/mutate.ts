/** Changes of bytes, for tests of what reads a stranger's. */
import * as fc from 'fast-check';

const change = fc.tuple(
  fc.nat(1 << 20),
  fc.constantFrom('set', 'flip', 'fill', 'drop', 'repeat'),
  fc.oneof(fc.constantFrom(0, 1, 127, 128, 255), fc.nat(255)),
  fc.integer({ min: 1, max: 12 }),
);

type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

export const mutations: fc.Arbitrary<Change[]> = fc.array(change, { minLength: 1, maxLength: 3 });

/** The bytes with these changes. `kept`: so many bytes at both ends stay. */
export function mutate(seed: Uint8Array, changes: readonly Change[], kept: number): Uint8Array {
  let bytes = Uint8Array.from(seed);
  for (const [where, how, value, length] of changes) {
    const from = kept + (where % (bytes.length - 2 * kept));
    if (how === 'set') bytes[from] = value;
    else if (how === 'flip') bytes[from] = (bytes[from] ?? 0) ^ (1 << (value & 7));
    else if (how === 'fill') bytes.fill(value, from, from + length);
    else {
      const rest = bytes.subarray(how === 'drop' ? from + length : Math.max(0, from - length));
      bytes = Uint8Array.from([...bytes.subarray(0, from), ...rest]);
    }
  }
  return bytes;
}
