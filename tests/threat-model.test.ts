/** Every claim of docs/threat-model.md is a test, or says why none can show it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { titlesIn } from './support/titles.ts';
import { accounts } from './threat-model/accounts.ts';
import { attacks } from './threat-model/attacks.ts';
import { claimsIn } from './threat-model/claims.ts';
import { roles } from './threat-model/roles.ts';
import { faultsOf, root } from './threat-model/shown.ts';

const claims = claimsIn(readFileSync(new URL('docs/threat-model.md', root), 'utf8'));

describe.each([
  ['Who is trusted with what', roles],
  ['Who somebody is', accounts],
  ['Attacks that have an answer', attacks],
])('docs/threat-model.md: %s', (section, evidence) => {
  it('each claim has what shows it, and what shows something has its claim', () => {
    expect(Object.keys(evidence)).toEqual(claims[section]);
  });

  it('each test that is named is there', () => {
    const faults = Object.entries(evidence).map(([claim, shown]) => [claim, faultsOf(shown)]);
    expect(faults.filter(([, found]) => found?.length !== 0)).toEqual([]);
  });
});

describe('what is read off sources', () => {
  it('claims: a column of a table each, or the bold words of an item', () => {
    const page = [
      '## A',
      '| who | may | must not |',
      '|--|--|--|',
      '| [ann](x.md) | read | write, run |',
      '## B',
      '| attack | answer |',
      '|--|--|',
      '| guessing | [slow](y.md) |',
      '## C',
      'Words.',
      '- **An end** is one.',
      '- Not a claim.',
    ].join('\n');
    expect(claimsIn(page)).toEqual({ A: ['ann > may', 'ann > must not'], B: ['guessing'], C: ['An end'] });
  });

  it('titles: as they are written, with their groups; of what is not run, none', () => {
    const source = [
      "describe.each([1])('a %i', () => {",
      "  it('one', () => { test.queue('no title', () => 1); });",
      '  it.each([[`x`]])(`two`, () => 1);',
      '});',
      "describe.skipIf(a)('b', () => { describe('c', () => { test('three', () => 1); }); });",
      "it.skip('four', () => 1);",
      "it.todo('five');",
      "describe.skip('d', () => { it('six', () => 1); });",
      "it('seven', () => 1);",
    ].join('\n');
    expect(titlesIn('x.test.ts', source)).toEqual(['a %i > one', 'a %i > two', 'b > c > three', 'seven']);
  });

  it.each([
    [{}, 'is shown by nothing'],
    [{ tests: { 'tests/none.test.ts': ['x'] } }, 'is no file of tests'],
    [{ tests: { 'tests/support/titles.ts': ['x'] } }, 'is no file of tests'],
    [{ tests: { 'tests/threat-model.test.ts': [] } }, 'without a test'],
    [{ tests: { 'tests/threat-model.test.ts': ['nobody'] } }, 'has no test "nobody"'],
  ])('what shows nothing is told: %j', (evidence, fault) => {
    expect(faultsOf(evidence)).toEqual([expect.stringContaining(fault)]);
  });
});
