/** What docs/findings.md says is held by tests of these numbers, and so is every input that was reported. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { numbersIn } from './support/title-numbers.ts';
import { root } from './threat-model/shown.ts';

const series = (letter: string, last: number): string[] =>
  Array.from({ length: last }, (_, i) => `${letter}${i + 1}`);
const ALL = [
  ...series('S', 7),
  ...series('E', 8),
  ...series('R', 6),
  'B5',
  'B7',
  ...series('fault ', 7),
  'fault 9',
  ...series('M', 6),
  ...series('L', 6),
  'L8',
  'A5',
  'A6',
  'A7',
  'A8',
  'A13',
  'B1',
  'B3',
  'B4',
  'B6',
];

interface Finding {
  readonly number: string;
  /** From the root of the repository. */
  readonly files: readonly string[];
}

const page = readFileSync(new URL('docs/findings.md', root), 'utf8');
const findings: readonly Finding[] = page
  .split('\n')
  .map((line) => line.split(' | '))
  .filter((cells) => cells.length === 4 && /^\| \S/.test(cells[0] ?? ''))
  .map(([number = '', , , tests = '']) => ({
    number: number.slice(2),
    files: [...tests.matchAll(/\]\(\.\.\/([^)]+)\)/g)].map(([, file = '']) => file),
  }));

const known = (file: string) => numbersIn(file, readFileSync(new URL(file, root), 'utf8'));

describe('docs/findings.md', () => {
  it('has a line for each number, once', () => {
    expect(findings.map(({ number }) => number).toSorted()).toEqual(ALL.toSorted());
  });

  it('each line has tests with its number in their names', () => {
    const faults = findings.flatMap(({ number, files }) => [
      ...(files.length === 0 ? [`${number} has no test`] : []),
      ...files
        .filter((file) => !known(file).has(number))
        .map((file) => `${file} has no test "${number}: ..."`),
    ]);
    expect(faults).toEqual([]);
  });
});

describe('numbers in the names of tests', () => {
  it.each<[string, string, readonly string[]]>([
    ['a title', `it('S5, R2: a key', f)`, ['S5', 'R2']],
    ['a group', `describe('S6: trees', () => { it('learn: E1', f) })`, ['S6']],
    ['a row of a table', `it.each([['S4: UTF-16', 1], ['x', f('E2: y')]])('%s', f)`, ['S4', 'E2']],
    [
      'nothing else',
      `// S1: x\nf('S2: y'); it.skip('S3: z', f); it.skip.each([['S6: z']])('%s', f); it('see S7: z', f)`,
      [],
    ],
  ])('%s', (_what, text, numbers) => {
    const found = numbersIn('x.test.ts', text);
    expect(ALL.filter((number) => found.has(number))).toEqual(ALL.filter((one) => numbers.includes(one)));
  });
});

const reported = new URL('../../shared/faults/', import.meta.url);
const present = existsSync(reported);
if (!present) console.warn('SKIPPED: shared/faults is not on this machine: inputs that were reported');

it.skipIf(!present)('each input that was reported is in the name of a test', () => {
  const found = [
    'tests/functions/reported-inputs.test.ts',
    'packages/cli/src/commands/evidence-forms.test.ts',
  ]
    .flatMap((file) => [...known(file)])
    .join('\n');
  // Their folders are inputs, but for those that only keep inputs of one kind together.
  const names = readdirSync(reported, { withFileTypes: true }).flatMap((entry) =>
    ['csv', 'onnx'].includes(entry.name) ? readdirSync(new URL(`${entry.name}/`, reported)) : [entry.name],
  );
  expect(names.length).toBeGreaterThan(20);
  expect(names.filter((name) => name !== 'README.md' && !found.includes(name))).toEqual([]);
});
