import { describe, expect, it } from 'vitest';
import { arena } from '../testing/arena.ts';
import { javascriptRunner } from './javascript.ts';

describe('JavaScript', () => {
  const { fight } = arena(
    javascriptRunner,
    ['javascript', 'javascript'],
    ['function main() { return "ok" }', 'ok'],
  );
  it('reads and writes more than it has memory', async () => {
    const line = `${'x'.repeat(1023)}\n`;
    const code =
      'export function main({ i }, { o }) { let n = 0; for (const line of i.lines()) n++; i.rewind(); for (const chunk of i) o.write(chunk); return n }';
    const {
      code: end,
      text,
      outputs,
    } = await fight(code, {
      inputs: { i: line.repeat(24 << 10) },
      outputs: ['o'],
      limits: { memoryMiB: 8, outputBytes: 32 << 20 },
    });
    expect([end, text, outputs['o']?.length]).toEqual(['done', String(24 << 10), 24 << 20]);
  });
});
