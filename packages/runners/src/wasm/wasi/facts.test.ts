import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { run } from '../../testing/run-wasm.ts';

it('a C program finds what the public WASI test suite checks', () => {
  const facts = new Uint8Array(readFileSync(new URL('../../testing/wasi-facts/facts.wasm', import.meta.url)));
  const lines = run(facts, {}, { data: 'x' }).text.trim().split('\n');
  expect(lines.filter((line) => !line.endsWith(' ok'))).toEqual([]);
  expect(lines).toHaveLength(13);
});
