import { describe, expect, it } from 'vitest';
import { detect } from '../detect.ts';
import { Refusal } from '../refusal.ts';
import { told } from './told.ts';

describe('a value in a message', () => {
  it.each<[unknown, string]>([
    ['a"\nb', '"a\\"\\nb"'],
    [5, '"5"'],
    [undefined, '"undefined"'],
    [null, '"null"'],
    [{ toString: 1 }, '"{\\"toString\\":1}"'],
    ['x'.repeat(300), `"${'x'.repeat(256)}…"`],
  ])('%j', (value, text) => {
    expect(told(value)).toBe(text);
  });

  it('that is an object with names of methods is refused as any other', () => {
    for (const kind of ['{"toString":1,"valueOf":2}', '"\\n"', '7'])
      expect(() => detect(Buffer.from(`{"kind":${kind}}`))).toThrow(Refusal);
    expect(() => detect(Buffer.from('{"kind":"tpm","\\nx":1}'))).toThrow('The field "\\nx" of the bundle');
  });
});
