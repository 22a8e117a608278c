import { expect, it } from 'vitest';
import { openLog } from './log.ts';

it("A11: a stranger's text stays within its line, and reaches no terminal raw", () => {
  const lines: string[] = [];
  const log = openLog('info', { write: (line) => lines.push(line) });
  const evil = 'a\u001b]0;x\u0007\r\n{"level":60}\u009b2J\u202e\u2028\u007f';
  log.error({ err: new Error(evil), user: evil }, evil);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[ -~]*\n$/);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ msg: evil, user: evil });
});
