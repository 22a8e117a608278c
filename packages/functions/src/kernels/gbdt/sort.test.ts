import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { Random } from './random.ts';
import { orderOf, select } from './sort.ts';

const floats = fc.array(
  fc.oneof(fc.float({ noNaN: true }), fc.integer({ min: -3, max: 3 }), fc.constant(-0)),
  { maxLength: 200 },
);

it('sorts as a stable comparison sort does', () => {
  fc.assert(
    fc.property(floats, (list) => {
      const values = Float32Array.from(list);
      const wanted = [...values.keys()].sort((a, b) => {
        const [x, y] = [values[a] as number, values[b] as number];
        return x < y ? -1 : x > y ? 1 : a - b;
      });
      expect([...orderOf(values)]).toEqual(wanted);
    }),
  );
});

it('selects what a sort puts there', () => {
  fc.assert(
    fc.property(floats, fc.nat(), (list, at) => {
      if (list.length === 0) return;
      const values = Float32Array.from(list, (value) => value + 0);
      const k = at % values.length;
      const wanted = values.toSorted()[k];
      expect(select(values, values.length, k)).toBe(wanted);
      for (let i = 0; i < k; i++) expect(values[i]).toBeLessThanOrEqual(wanted as number);
    }),
  );
});

it('samples without repetition, in order, every element as likely', () => {
  const random = new Random(5);
  const counts = new Uint32Array(10);
  for (let round = 0; round < 10_000; round++) {
    const sample = random.sample(3, 10);
    for (let i = 1; i < 3; i++) expect(sample[i]).toBeGreaterThan(sample[i - 1] as number);
    for (const one of sample) counts[one] = (counts[one] as number) + 1;
  }
  for (const count of counts) expect(Math.abs(count - 3000)).toBeLessThan(250);
  expect([...new Random(7).sample(5, 5)]).toEqual([0, 1, 2, 3, 4]);
  expect([...new Random(7).sample(5, 100)]).not.toEqual([...new Random(2 ** 32 + 7).sample(5, 100)]);
});
