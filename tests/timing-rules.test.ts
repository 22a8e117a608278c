import { RuleTester } from 'oxlint/plugins-dev';
import { describe, it } from 'vitest';
import { rules } from '../scripts/lint/timing.ts';

Object.assign(RuleTester, { describe, it });
const tester = new RuleTester({ languageOptions: { parserOptions: { lang: 'ts' } } });

tester.run('no-sleep', rules['no-sleep'], {
  valid: [
    'await once(child, "exit"); await new Promise((resolve) => setImmediate(resolve));',
    `it('runs', () => job('await new Promise((r) => setTimeout(r, 60000))'));`,
    'import { setImmediate } from "node:timers/promises"; await setImmediate();',
    'connect({ timeout: 300 });',
  ],
  invalid: [
    'await new Promise((resolve) => setTimeout(resolve, 50));',
    'import { setTimeout as sleep } from "node:timers/promises"; await sleep(50);',
    'import { setTimeout as sleep } from "timers/promises"; await sleep(50);',
    'const timer = setInterval(() => poll(), 50);',
    'await watch(AbortSignal.timeout(300));',
  ].map((code) => ({ code, errors: 1 })),
});

const vitest = `import { beforeAll, describe, expect, it, vi } from 'vitest';\n`;
tester.run('one-patience', rules['one-patience'], {
  valid: [
    'await expect.poll(count).toBe(1);',
    'await expect.poll(count, { interval: 1 }).toBe(1);',
    `it.each([1, 2])('%i', async () => {});`,
    // Of what is tested.
    `it('waits', () => connect({ timeout: 300 }));`,
    'test.worker([], 1);',
  ].map((code) => vitest + code),
  invalid: [
    'await vi.waitFor(() => expect(count()).toBe(1));',
    'await vi.waitUntil(() => ready);',
    'await expect.poll(count, { timeout: 5000 }).toBe(1);',
    `it('takes long', async () => {}, 60_000);`,
    `it.skipIf(true).each([1])('%i takes long', { timeout: 60_000 }, async () => {});`,
    'beforeAll(start, 60_000);',
  ].map((code) => ({ code: vitest + code, errors: 1 })),
});

tester.run('no-stopwatch', rules['no-stopwatch'], {
  valid: ['at(Date.now());', 'process.threadCpuUsage();'],
  invalid: ['const started = performance.now();', 'const started = process.hrtime();'].map((code) => ({
    code,
    errors: 1,
  })),
});
