import { expect, it } from 'vitest';
import { type LimitTable, limitTable } from '../../errors/src/index.ts';
import { limits } from './limits.ts';

it('limits have the form of every package’s', () => {
  const table: LimitTable = limits;
  expect(limitTable(table)).toBe(limits);
  for (const { value, unit, what } of Object.values(table)) {
    expect([Number.isSafeInteger(value), unit, what]).toEqual([
      true,
      expect.stringMatching(/./),
      expect.stringMatching(/./),
    ]);
  }
});
