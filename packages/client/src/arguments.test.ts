import { describe, expect, it } from 'vitest';
import { argumentsText } from './task-wire.ts';

describe('arguments', () => {
  it('A13: are sent as they are written', () => {
    const text = '{ "n": 1764441457123456789, "x": 2.0 }';
    expect(argumentsText(text)).toBe(text);
    expect(argumentsText({ n: 1764441457123456789n, x: [0.5, null] })).toBe(
      '{"n":1764441457123456789,"x":[0.5,null]}',
    );
    expect(argumentsText()).toBe('{}');
  });

  it.each([
    ['text that is no object', '[]', []],
    ['text that is no JSON', '{n:1}', []],
    ['a number beyond all', '{"n":{"m":1e400}}', ['n.m']],
    ['a rounded integer', { n: 2 ** 60 }, ['n']],
    ['no number', { n: Number.NaN }, ['n']],
  ])('%s is refused by name', (_what, given, subjects) => {
    expect(() => argumentsText(given)).toThrow(expect.objectContaining({ code: 'bad-arguments', subjects }));
  });
});
