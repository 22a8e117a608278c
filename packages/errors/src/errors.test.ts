import { expect, it } from 'vitest';
import { CodedError } from './coded-error.ts';
import { limitTable } from './limit-table.ts';
import { messageOf, systemCode } from './thrown.ts';

class TestError extends CodedError<'broken' | 'missing'> {
  override readonly name = 'TestError';
}

it('a coded error carries its code, its sentence and its cause', () => {
  const cause = new Error('why');
  const error = new TestError('broken', 'It is broken: mend it.', { cause });
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({
    name: 'TestError',
    code: 'broken',
    message: 'It is broken: mend it.',
    cause,
  });
  expect(Object.hasOwn(new TestError('missing', 'x'), 'cause')).toBe(false);
});

it('a limit keeps its number as a constant', () => {
  const limits = limitTable({ line: { value: 16, unit: 'bytes', what: 'a line' } });
  const line: 16 = limits.line.value;
  expect(line).toBe(16);
});

it('what was thrown has a code if it is an error with one, and always a text', () => {
  const missing = Object.assign(new Error('no such file'), { code: 'ENOENT' });
  expect([systemCode(missing), messageOf(missing)]).toEqual(['ENOENT', 'no such file']);
  for (const other of [
    new Error('plain'),
    Object.assign(new Error('odd'), { code: 7 }),
    { code: 'ENOENT' },
    null,
  ])
    expect(systemCode(other)).toBeUndefined();
  expect([messageOf('a text'), messageOf(undefined)]).toEqual(['a text', 'undefined']);
});
