import { RuleTester } from 'oxlint/plugins-dev';
import { describe, it } from 'vitest';
import { rules } from '../scripts/lint/waits.ts';

Object.assign(RuleTester, { describe, it });
const tester = new RuleTester({ languageOptions: { parserOptions: { lang: 'ts' } } });

tester.run('no-bare-promise', rules['no-bare-promise'], {
  valid: [
    'await untilAborted(coming, signal);',
    'await pipeline(body, request, { signal });',
    'await Promise.race([a, b]);',
  ],
  invalid: [
    'await new Promise((done) => request.once("response", done));',
    'const answer = new Promise<void>((done, fail) => request.write(chunk, (e) => (e ? fail(e) : done())));',
  ].map((code) => ({ code, errors: 1 })),
});
