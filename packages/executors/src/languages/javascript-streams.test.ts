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

  it('an input that the task does not have has a code, for the function and for the task', async () => {
    const inputs = { i: 'x' };
    const open = "new i.constructor('other', 1).text()";
    expect(await fight(`export function main({ i }) { ${open} }`, { inputs })).toMatchObject({
      code: 'unknown-input',
      text: expect.stringContaining('Invalid input file identifier.'),
    });
    const caught = `export function main({ i }) { try { ${open} } catch (error) { return [error.name, error.code] } }`;
    expect(await fight(caught, { inputs })).toMatchObject({
      code: 'done',
      text: '["RefusedError","unknown-input"]',
    });
    const other = `export function main({ i }) { try { ${open} } catch { throw new Error('mine') } }`;
    expect((await fight(other, { inputs })).code).toBe('function');
  });
});
