import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { makeRecoveryCode, readRecoveryCode } from './recovery-code.ts';

it('a code has eight groups of four, and no two are the same', () => {
  const codes = Array.from({ length: 200 }, makeRecoveryCode);
  for (const code of codes) expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){7}[0-9A-HJKMNP-TV-Z]{4}$/);
  expect(new Set(codes).size).toBe(200);
  // Each character is one of 32: 160 bits. Every one of them occurs in 6400.
  expect(new Set(codes.join('').replaceAll('-', '')).size).toBe(32);
});

it('is read however it is typed', () => {
  const code = 'ABCD-EF01-0123-4567-89AB-CDEF-GHJK-MNPQ';
  for (const typed of [
    code,
    code.toLowerCase(),
    code.replaceAll('-', ''),
    ` ${code.replaceAll('-', ' ')}\n`,
    code.replaceAll('0', 'O').replaceAll('1', 'l'),
    code.replaceAll('1', 'I'),
  ])
    expect(readRecoveryCode(typed), typed).toBe(code);
});

it('is refused when it is none, whatever the bytes', () => {
  for (const typed of ['', 'ABCD', 'U'.repeat(32), 'A'.repeat(33), 'A'.repeat(1_000_000)])
    expect(readRecoveryCode(typed)).toBeUndefined();
  // All code points, as `unit: 'binary'` has them, which takes seconds to list them.
  const typing = fc
    .array(fc.integer({ min: 0, max: 0x10ffff }), { maxLength: 140 })
    .map((points) => String.fromCodePoint(...points));
  fc.assert(
    fc.property(typing, (typed) => {
      const code = readRecoveryCode(typed);
      if (code !== undefined) expect(readRecoveryCode(code)).toBe(code);
    }),
  );
});
