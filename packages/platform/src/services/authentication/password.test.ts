import { expect, it } from 'vitest';
import { hashPassword, verifyPassword } from './password.ts';

it('is kept as argon2id with 19 MiB, 2 passes, a salt of its own', async () => {
  const [one, two] = [await hashPassword('secret'), await hashPassword('secret')];
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  expect(one).not.toBe(two);
  expect([await verifyPassword('secret', one), await verifyPassword('secret', two)]).toEqual([true, true]);
});

it('must be the whole password', async () => {
  const stored = await hashPassword('secret');
  for (const guess of ['', 'secre', 'secret ', 'Secret'])
    expect(await verifyPassword(guess, stored)).toBe(false);
});

it('of nobody is never right', async () => {
  expect(await verifyPassword('', undefined)).toBe(false);
});
