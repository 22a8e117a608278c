import { expect, it } from 'vitest';
import { CodedError } from './coded-error.ts';
import { limitTable } from './limit-table.ts';

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
