/** The language of the audit log's queries: what each form finds, and that nothing else is taken for one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlatformError } from '../../../errors.ts';
import { limits } from '../../../limits.ts';
import type { AuditEntry } from '../../../ports.ts';
import { beforeText, readQuery } from './index.ts';

const at = (time: string, micro = 0) => Date.parse(time) * 1000 + micro;
const entry = (change: Partial<AuditEntry>): AuditEntry => ({
  microsecond: at('2026-11-30T14:05:00Z'),
  address: '10.0.0.1',
  user: '',
  message: '',
  result: true,
  ...change,
});
const bank = '{ user: bank, role: DataOwner("north") }';
const entries: readonly AuditEntry[] = [
  entry({ user: bank, message: 'register_function' }),
  entry({ user: bank, message: 'register_function:permission denied', result: false }),
  entry({ user: '{ user: ann, role: PlatformAdmin }', message: 'get_task', address: '2001:db8::7' }),
  entry({ message: 'authenticate to get_task: authentication failed', result: false, address: '' }),
  entry({
    user: '{ user: operator }',
    message: 'Großer Zähler 42 αβγ',
    microsecond: at('2026-11-30T14:05:01Z', 250_001),
    address: '::ffff:10.0.0.9',
  }),
];
const found = (query: string) => {
  const read = readQuery(query);
  return read ? entries.flatMap((each, index) => (read.matches(each) ? [index] : [])) : [];
};
const REFUSED = expect.objectContaining({
  code: 'bad-audit-query',
  wire: expect.stringMatching(/^audit log error, reason: \S.*\.$/s),
});

describe('a query', () => {
  it.each<[string, number[]]>([
    ['*', [0, 1, 2, 3, 4]],
    ['', []],
    ['  ', []],
    ['register', [0, 1]],
    ['REGISTER', [0, 1]],
    ['regist', []],
    // Terms mean OR.
    ['register get_task', [0, 1, 2, 3]],
    ['register OR get_task', [0, 1, 2, 3]],
    ['register AND denied', [1]],
    ['register AND NOT denied', [0]],
    ['NOT denied AND register', [0]],
    ['register -denied', [0]],
    ['+register +denied', [1]],
    ['+register denied', [0, 1]],
    ['+register -(denied OR zähler)', [0]],
    ['* -register', [2, 3, 4]],
    ['* AND NOT register', [2, 3, 4]],
    ['denied OR NOT register', [1, 2, 3, 4]],
    ['get_task OR register AND denied', [1, 2, 3]],
    ['(get_task OR register) AND denied', [1]],
    ['((denied))', [1]],
    ['denied"get task"', [1, 2, 3]],
    // Phrases, and words that are some.
    ['"get task"', [2, 3]],
    ['get_task', [2, 3]],
    ['message:register_function', [0, 1]],
    ['"task get"', []],
    ['"authenticate task"', []],
    ['"authenticate task"~2', [3]],
    ['"authenticate task"~1', []],
    ['"authentication failed"^2.5 denied^3', [1, 3]],
    ['register_function\\:permission', [1]],
    ['"register\\"function"', [0, 1]],
    ['register\\', [0, 1]],
    ['großer', [4]],
    ['ΑΒΓ', [4]],
    ['42', [4]],
    // Fields.
    ['user:bank', [0, 1]],
    ['user:"DataOwner north"', [0, 1]],
    ['user:ann message:denied', [1, 2]],
    ['user:bank AND result:false', [1]],
    ['result:false', [1, 3]],
    ['ip:10.0.0.1', [0, 1]],
    ['ip:10.0.0.9', [4]],
    ['ip:"::10.0.0.9"', [4]],
    ['ip:"2001:DB8:0::7"', [2]],
    ['ip:2001\\:db8\\:\\:7', [2]],
    ['ip:[10.0.0.0 TO 10.0.0.255]', [0, 1, 4]],
    ['ip:{10.0.0.1 TO *]', [2, 4]],
    ['ip:"::"', [3]],
    ['result:[true TO *]', [0, 2, 4]],
    // Dates, and ranges of all kinds.
    ['date:"2026-11-30T14:05:00Z"', [0, 1, 2, 3]],
    ['date:2026-11-30T14:05:00Z', [0, 1, 2, 3]],
    ['date:"2026-11-30T15:05:00+01:00"', [0, 1, 2, 3]],
    ['date:"2026-11-30T14:05:01.25Z"', [4]],
    ['date:"2026-11-30T14:05:01.250Z"', [4]],
    ['date:"2026-11-30T14:05:01.250000Z"', []],
    ['date:"2026-11-30T14:05:01.250001Z"', [4]],
    ['date:"2026-11-30T14:05:01.2500019Z"', [4]],
    ['date:[2026-11-30T14:05:00Z TO 2026-11-30T14:05:01Z]', [0, 1, 2, 3, 4]],
    ['date:[2026-11-30T14:05:00Z TO 2026-11-30T14:05:01Z}', [0, 1, 2, 3]],
    ['date:{2026-11-30T14:05:00Z TO *}', [4]],
    ['date:[* TO 2026-11-30T09:05:00-05:00]', [0, 1, 2, 3]],
    ['date:>2026-11-30T14:05:00Z', [4]],
    ['date: >= 2026-11-30T14:05:00Z', [0, 1, 2, 3, 4]],
    ['date:<2026-11-30T14:05:00Z', []],
    ['date:<=2026-11-30T14:05:01.25Z AND message:zähler', [4]],
    ['message:[a TO d]', [3]],
    ['message:[denied TO denied]', [1]],
    ['message:{denied TO failed}', []],
    ['message:>z', [4]],
    ['user:[* TO *]', [0, 1, 2, 4]],
    // Operators in small letters, and escaped or quoted ones, are words.
    ['to', [3]],
    ['TO', [3]],
    ['"AND"', []],
    ['and task', [2, 3]],
  ])('%s finds %j', (query, wanted) => {
    expect(found(query)).toEqual(wanted);
  });

  it.each([
    'nobody:bank',
    'User:bank',
    'micro.second:1',
    'a:b:c',
    'http://x',
    'user:',
    'user: bank',
    'user:""',
    '""',
    '"open',
    '"a"~',
    '"a"~x',
    '"a"~99999999999',
    'a^',
    'a^x',
    'a^2^3',
    '(a',
    'a)',
    '()',
    'a (',
    'AND',
    'NOT',
    'a AND',
    'OR a',
    'a AND OR b',
    'a OR b c',
    'a b OR c',
    '+a AND b',
    'a AND -b',
    '--a',
    '- a',
    'a +',
    '-a',
    'NOT a',
    '(NOT a) AND (-b)',
    'fun*',
    '*x',
    'f*n',
    'user:*',
    '---',
    '"!?"',
    '\\*',
    '[a TO b]',
    '>5',
    'message:[a TO b',
    'message:[a b]',
    'message:[TO b]',
    'message:["a b" TO c]',
    'message:>',
    'message:>*',
    'date:yesterday',
    'date:2026-11-30',
    'date:"2026-02-30T00:00:00Z"',
    'date:"2026-11-30T24:00:00Z"',
    'date:"2026-11-30T14:05:00"',
    'date:2026-11-30T14:05:00Zx',
    'date:[2026-11-30 TO *]',
    'ip:10.0.0',
    'ip:::1',
    'ip:bank',
    'result:TRUE',
    'result:1',
    '`a',
    ':a',
    'a ]',
    '{',
  ])('%s is refused, and says why', (query) => {
    expect(() => found(query)).toThrow(REFUSED);
  });

  it('may begin where an earlier answer ended, and only begin there', () => {
    const before = { row: 12, count: 3 };
    expect(readQuery(`${beforeText(before)} denied`)).toMatchObject({ before });
    expect(found('before:12.3 denied')).toEqual([1]);
    expect(found('before:12.3')).toEqual([]);
    for (const query of ['before:12', 'before:x.1 a', 'a before:12.3', 'before:12.3a', '(before:12.3 a)'])
      expect(() => found(query)).toThrow(REFUSED);
  });

  it('has at most so many characters, terms and levels', () => {
    const [text, terms, depth] = [limits.auditQuery, limits.auditQueryTerms, limits.auditQueryDepth];
    expect(found('denied'.padEnd(text.value))).toEqual([1]);
    expect(() => found('denied'.padEnd(text.value + 1))).toThrow(REFUSED);
    expect(found('denied '.repeat(terms.value))).toEqual([1]);
    expect(() => found('denied '.repeat(terms.value + 1))).toThrow(REFUSED);
    const nested = (levels: number) => `${'('.repeat(levels - 1)}denied${')'.repeat(levels - 1)}`;
    expect(found(nested(depth.value))).toEqual([1]);
    expect(() => found(nested(depth.value + 1))).toThrow(REFUSED);
    expect(() => found(`* AND ${'NOT '.repeat(depth.value)}denied`)).toThrow(REFUSED);
  });

  it('of any characters is understood or refused', () => {
    const pieces = [
      ...Array.from('+-^`:{}"[]()!\\*<>~ \t\n=.'),
      'AND',
      'OR',
      'NOT',
      'TO',
      'user',
      'date',
      'ip',
      'result',
      'message',
      'true',
      'a',
      'é',
      '1',
      '::1',
      '2026-11-30T14:05:00Z',
    ];
    const text = fc.oneof(
      fc.string({ maxLength: 300, unit: 'grapheme' }),
      fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (query) => {
        try {
          found(query);
        } catch (error) {
          expect(error).toBeInstanceOf(PlatformError);
          expect(error).toEqual(REFUSED);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('that makes a regular expression go back and forth is read as fast as any', () => {
    const most = limits.auditQuery.value - 1;
    for (const character of ['\\', '*', ' ', '~', '"\\'])
      expect(() => found(`"${character.repeat(most / character.length)}`)).toThrow(REFUSED);
  });
});
