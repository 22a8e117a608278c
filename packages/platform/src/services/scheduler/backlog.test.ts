import { describe, expect, it } from 'vitest';
import { Backlog } from './backlog.ts';
import type { Need } from './roster.ts';

const add = (backlog: Backlog, taskId: string, pair: string, not?: string) =>
  backlog.add({ taskId, token: 0, pair, ...(not !== undefined && { not }) });
const only = (pair: string) => (need: Need) => (need.pair === pair ? true : undefined);
const next = (backlog: Backlog, find: (need: Need) => true | undefined) => backlog.take(find)?.waiting.taskId;

describe('the backlog', () => {
  it('gives the oldest of those for which there is a place', () => {
    const backlog = new Backlog();
    for (const [task, pair] of [
      ['1', 'a'],
      ['2', 'b'],
      ['3', 'a'],
    ] as const)
      add(backlog, task, pair);
    expect(next(backlog, only('b'))).toBe('2');
    expect(next(backlog, () => true)).toBe('1');
    expect(next(backlog, only('b'))).toBeUndefined();
    expect(next(backlog, only('a'))).toBe('3');
    expect(next(backlog, () => true)).toBeUndefined();
  });

  it('asks once for all that need the same', () => {
    const backlog = new Backlog();
    for (let task = 0; task < 1000; task++) add(backlog, `${task}`, 'a');
    add(backlog, 'other', 'b');
    let asked = 0;
    const found = backlog.take((need) => {
      asked++;
      return only('b')(need);
    });
    expect(found?.waiting.taskId).toBe('other');
    expect(asked).toBe(2);
  });

  it('forgets a task that is cancelled, and keeps one that comes again once', () => {
    const backlog = new Backlog();
    add(backlog, '1', 'a');
    backlog.remove('1');
    backlog.remove('1');
    add(backlog, '2', 'a');
    add(backlog, '2', 'a', 'w0');
    expect(next(backlog, ({ not }) => (not === undefined ? true : undefined))).toBeUndefined();
    expect(next(backlog, () => true)).toBe('2');
    expect(next(backlog, () => true)).toBeUndefined();
  });

  it('gives up whole lanes', () => {
    const backlog = new Backlog();
    add(backlog, '1', 'a');
    add(backlog, '2', 'b');
    add(backlog, '3', 'a');
    expect(backlog.takeAll(({ pair }) => pair === 'a').map(({ taskId }) => taskId)).toEqual(['1', '3']);
    expect(next(backlog, () => true)).toBe('2');
  });
});
