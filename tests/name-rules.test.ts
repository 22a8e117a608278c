/** The rules of scripts/lint/names.ts, each with what it refuses and what it lets through. */
import { RuleTester } from 'oxlint/plugins-dev';
import { describe, it } from 'vitest';
import { rules } from '../scripts/lint/names.ts';

Object.assign(RuleTester, { describe, it });
const tester = new RuleTester({ languageOptions: { parserOptions: { lang: 'ts' } } });
const refused = (...codes: string[]) => codes.map((code) => ({ code, errors: 1 }));

tester.run('no-from-entries', rules['no-from-entries'], {
  valid: ['const a = dictionary(entries);', 'const a = Object.entries(b);', 'const a = new Map(entries);'],
  invalid: refused('const a = Object.fromEntries(entries);', 'const make = Object.fromEntries;'),
});

tester.run('no-names-in-plain-objects', rules['no-names-in-plain-objects'], {
  valid: [
    'const a = dictionary(); a[name] = 1;',
    'const a = {}; a["ours"] = 1; a.ours = 2;',
    'const a = []; a[index] = 1;',
    'const a = {}; a.list[index] = 1;',
  ],
  invalid: refused('const a = {}; a[name] = 1;', 'let a = { b: 1 }; function f(name) { a[name] ??= []; }'),
});

tester.run('no-raw-output', rules['no-raw-output'], {
  valid: [
    'this.process.stdout.write(text);',
    'print(this, false, value, () => text);',
    'stream.write(text);',
  ],
  invalid: refused('process.stdout.write(text);', 'process.stderr.write(text);', 'console.log(text);'),
});
