import { describe, expect, it } from 'vitest';
import { MAX_LOG_LINES } from '../result-limits.ts';
import { BoundedLog } from './log.ts';

describe('a bounded log', () => {
  it('keeps lines up to its limit, and says what does not fit', () => {
    const log = new BoundedLog(10);
    expect([log.add(Buffer.from('one\r\ntwo')), log.add(Buffer.from('\nthree'))]).toEqual([true, false]);
    expect(log.lines()).toEqual(['one', 'two', 't']);
  });

  it('of bytes that are no text is not longer than they are', () => {
    const log = new BoundedLog(1000);
    log.add(Buffer.concat([Buffer.from('ü '), Buffer.alloc(900, 0xff)]));
    expect(log.lines()).toEqual([`ü ${'?'.repeat(900)}`]);
  });

  it('has a limit of lines, too, in however many pieces they come', () => {
    const log = new BoundedLog(1 << 20);
    for (let line = 0; line < MAX_LOG_LINES; line++) expect(log.add(Buffer.from('x\n'))).toBe(true);
    expect(log.add(Buffer.from('\n'))).toBe(false);
    expect(log.lines()).toHaveLength(MAX_LOG_LINES);
  });
});
