/** The rule of scripts/lint/clocks.ts, with what it refuses and what it lets through. */
import { RuleTester } from 'oxlint/plugins-dev';
import { describe, it } from 'vitest';
import { rules } from '../scripts/lint/clocks.ts';

Object.assign(RuleTester, { describe, it });
const tester = new RuleTester({ languageOptions: { parserOptions: { lang: 'ts' } } });

tester.run('one-clock', rules['one-clock'], {
  valid: ['at(clock.now());', 'const since = clock.monotonic();', 'new Date(time).toISOString();'],
  invalid: [
    'const at = Date.now();',
    'judge({ now: Date.now });',
    'const began = performance.now();',
    'const began = process.hrtime.bigint();',
    'write(new Date());',
  ].map((code) => ({ code, errors: 1 })),
});
