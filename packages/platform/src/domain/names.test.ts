import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isBareName, isChosenId, isVisible, isVisibleText, looksOf } from './names.ts';

const areAlike = (one: string, other: string) => looksOf(one).some((look) => looksOf(other).includes(look));

describe('A11: names', () => {
  it.each([
    '\0',
    '\n',
    '\t',
    '\x1b[2J',
    '\x9b',
    '\u202e',
    '\u2066',
    '\u200b',
    '\u2028',
    '\ufeff',
    '\u3164',
    '\u{e0041}',
  ])('have no %j', (hidden) => {
    expect(isVisible(`a${hidden}b`)).toBe(false);
    expect(isBareName(`a${hidden}b`)).toBe(false);
    expect(isChosenId(`a${hidden}b`)).toBe(false);
  });

  it('of any alphabet are names', () => {
    for (const name of ['bank', 'größe', 'сумма', '合計', 'a b', 'constructor', 'input_data0', '🙂'])
      expect(isBareName(name), name).toBe(true);
  });

  it('that are paths, or that maps cannot carry, are none', () => {
    for (const name of ['', '.', '..', 'a/b', 'a\\b', '__proto__'])
      expect(isBareName(name), name).toBe(false);
  });

  it('text may have lines and tabs, and nothing else that is not seen', () => {
    expect(isVisibleText('Adds:\n\ta and b')).toBe(true);
    for (const hidden of ['\r', '\x1b', '\u202e', '\u2028']) expect(isVisibleText(`a${hidden}`)).toBe(false);
  });
});

describe('B8: ids', () => {
  it.each([
    '../bank',
    '-rf',
    '*',
    '.bank',
    '_bank',
    '__proto__',
    'a b',
    'a=b',
    'a,b',
    'a/b',
    'b$',
    'банк',
    '',
    '~',
  ])('%j is none', (id) => {
    expect(isChosenId(id)).toBe(false);
  });

  it.each(['admin', 'user0', 'frontend_user', 'ann@bank.example', 'a.b-c+d', 'team:7', '0'])(
    '%s is one',
    (id) => {
      expect(isChosenId(id)).toBe(true);
    },
  );

  it.each([
    ['bank', 'Bank'],
    ['ALICE', 'alice'],
    ['bill', 'biIl'],
    ['user1', 'userl'],
    ['b0b', 'bob'],
    ['B0B', 'bob'],
    ['Il1', 'lll'],
  ])('%s and %s are alike', (one, other) => {
    expect(areAlike(one, other)).toBe(true);
  });

  it.each([
    ['user0', 'user1'],
    ['user10', 'user11'],
    ['ali', 'all'],
    ['bank', 'bank2'],
  ])('%s and %s are not', (one, other) => {
    expect(areAlike(one, other)).toBe(false);
  });

  it('of plain numbers never are', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.nat(10_000), (one, other) => {
        expect(areAlike(`user${one}`, `user${other}`)).toBe(one === other);
      }),
    );
  });
});
