import { describe, expect, it, vi } from 'vitest';
import { type Construction, construct } from './construct.ts';

const closed: string[] = [];
const report = vi.fn();
/** Registers parts a, b, c, of which the failing one says so when it is closed. */
const build =
  (failing: readonly string[] = [], startError?: Error) =>
  async ({ parts, undo }: Construction) => {
    closed.length = 0;
    report.mockReset();
    for (const name of ['a', 'b', 'c']) {
      undo.defer(() => void closed.push(`undo ${name}`));
      parts.defer(async () => {
        await Promise.resolve();
        closed.push(name);
        if (failing.includes(name)) throw new Error(`${name} does not close`);
      });
    }
    if (startError) throw startError;
    return { name: 'it' };
  };

describe('what was started', () => {
  it('is closed once, the last part first', async () => {
    const running = await construct(build(), report);
    expect(running.name).toBe('it');
    expect(closed).toEqual([]);
    await running.close();
    await running.close();
    expect(closed).toEqual(['c', 'b', 'a']);
  });

  it('is closed to its last part where closing one fails, which is said', async () => {
    const running = await construct(build(['b']), report);
    await expect(running.close()).rejects.toThrow('b does not close');
    expect(closed).toEqual(['c', 'b', 'a']);
  });
});

describe('a start that fails half-way', () => {
  const startError = new Error('no port');

  it('leaves nothing open and undoes what it made, then says why', async () => {
    await expect(construct(build([], startError), report)).rejects.toBe(startError);
    expect(closed).toEqual(['c', 'b', 'a', 'undo c', 'undo b', 'undo a']);
    expect(report).not.toHaveBeenCalled();
  });

  it('says why also where something cannot be closed', async () => {
    await expect(construct(build(['c', 'a'], startError), report)).rejects.toBe(startError);
    expect(closed).toEqual(['c', 'b', 'a', 'undo c', 'undo b', 'undo a']);
    expect(report).toHaveBeenCalledOnce();
  });
});
