import { describe, expect, it } from 'vitest';
import { packageNames, refusalTablesOf } from '../scripts/docs/tables.ts';
import { errorClasses, readers, textComparisons, uncoded } from '../scripts/house/errors.ts';
import { parseSource, root, sources } from '../scripts/house/sources.ts';

const published = sources();
const classes = errorClasses(published);
const planted = (text: string, path = 'packages/store/src/planted.ts') => parseSource(path, text);

describe('every class of errors', () => {
  it('extends CodedError, but for those that say why not', () => {
    const found = classes.filter(({ coded }) => !coded).map(({ package: where, name }) => `${where}/${name}`);
    expect(found.sort()).toEqual(Object.keys(uncoded).sort());
  });

  it.each(packageNames)('of %s is in its table of refusals, and no other is', async (name) => {
    const coded = classes.filter(({ package: where, coded }) => where === name && coded);
    expect(Object.keys(await refusalTablesOf(name)).sort()).toEqual(coded.map((one) => one.name).sort());
  });

  it.each(packageNames)(
    'of %s says of each code what it means and what to do, in sentences',
    async (name) => {
      for (const [className, table] of Object.entries(await refusalTablesOf(name))) {
        for (const [code, { meaning, remedy }] of Object.entries(table)) {
          expect([className, code]).toEqual([className, expect.stringMatching(/^[a-z0-9]+(-[a-z0-9]+)*$/)]);
          for (const sentence of [meaning, remedy])
            expect(`${className} ${code}: ${sentence}`).toMatch(/: \S.{6,}[.:]$/);
        }
      }
    },
  );

  it.each([
    ['class A extends Error {}', ['A false']],
    ['class A extends TypeError {}\nclass B extends A {}', ['A false', 'B false']],
    ["class A extends CodedError<'x'> {}\nclass B extends A {}", ['A true', 'B true']],
    ['const f = () => class extends RangeError {};', ['(without a name) false']],
    ['class A extends EventEmitter {}', []],
  ])('is found: %s', (text, expected) => {
    expect(errorClasses([planted(text)]).map(({ name, coded }) => `${name} ${coded}`)).toEqual(expected);
  });
});

describe('what an error says', () => {
  it('decides nothing, but for those that say why', () => {
    const all = [...published, ...sources(root, 'scripts/**/*.{ts,mjs}')];
    const found = all.filter((source) => textComparisons(source).length > 0).map(({ path }) => path);
    expect(found.sort()).toEqual(Object.keys(readers).sort());
  });

  it.each([
    "if (error.message === 'x') f();",
    "if ('x' !== error?.message) f();",
    "if (error.message.includes('x')) f();",
    "const { message } = error; if (message.startsWith('x')) f();",
    'if (/x/.test(connect.rawMessage)) f();',
    "if (String(error).includes('x')) f();",
    "switch (error.message) { case 'x': f(); }",
    'if (TEXTS.has(error.message)) f();',
  ])('is seen to decide in: %s', (text) => {
    expect(textComparisons(planted(text))).toEqual(['packages/store/src/planted.ts:1']);
  });

  it.each([
    'throw new Error(error.message, { cause: error });',
    "if (error.code === 'x') f();",
    "if (typeof parsed.message === 'string') f();",
    'if (pointer.message === 0) f();',
    'print(error.message.slice(0, 80));',
  ])('is not seen to decide in: %s', (text) => {
    expect(textComparisons(planted(text))).toEqual([]);
  });
});
