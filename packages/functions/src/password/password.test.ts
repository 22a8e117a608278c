import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FunctionError } from '../refusal.ts';
import { runFunction } from '../testing/run.ts';
import { passwordCheck } from './password.ts';

const check = async (password: string | Uint8Array, list: string | Uint8Array, cut = 5) =>
  (await runFunction(passwordCheck, {}, { password, exposed_passwords: list }, { cut })).text;

describe('builtin-password-check', () => {
  it.each([
    ['password', 'letmein\npassword\n', 'true'],
    ['password\nletmein\n', 'letmein', 'false'],
    [' password \r\n', '\tpassword\r\nx', 'true'],
    ['\u2003Zoë\u00a0', 'a\nZoë', 'true'],
    ['pass', 'password\npas\n', 'false'],
    ['passpass', 'pass\npasspasspasspass\n', 'false'],
    ['\n', 'a\n\nb', 'true'],
    ['\n', 'a\n', 'false'],
    ['a', '', 'false'],
    ['a', 'b\na', 'true'],
  ])('%j in %j: %s', async (password, list, expected) => {
    expect(await check(password, list)).toBe(expected);
  });

  it('refuses an empty password file, and what is not UTF-8', async () => {
    await expect(check('', 'a')).rejects.toThrow('The input "password" is empty');
    await expect(check(Uint8Array.of(0x61, 0xff), 'a')).rejects.toThrow('invalid utf-8');
    await expect(check('a', Uint8Array.of(0x61, 0x0a, 0xff))).rejects.toThrow(
      'invalid utf-8 sequence of 1 bytes from index 2',
    );
    await expect(runFunction(passwordCheck, {}, { password: 'a' })).rejects.toThrow(
      'Invalid input file identifier.',
    );
    await expect(check('a', new Uint8Array(17 << 20).fill(0x61), 1 << 20)).rejects.toThrow(
      'longer than 16 MiB',
    );
  });

  it('agrees with a set of trimmed lines', async () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', ' ', 'é', '\t'), maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        word,
        fc.array(word, { maxLength: 20 }),
        fc.integer({ min: 1, max: 30 }),
        async (password, list, cut) => {
          const known = new Set(list.map((line) => line.trim()));
          const text = list.map((line) => `${line}\n`).join('');
          expect(await check(`${password}\n`, text, cut)).toBe(String(known.has(password.trim())));
        },
      ),
    );
  });

  it('answers or refuses arbitrary bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), fc.uint8Array(), async (password, list) => {
        const ended = await check(password, list).catch((error: unknown) => error);
        if (typeof ended !== 'string') expect(ended).toBeInstanceOf(FunctionError);
      }),
    );
  });
});
