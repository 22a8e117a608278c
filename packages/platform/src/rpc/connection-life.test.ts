import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ConnectionLife } from './connection-life.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const spans = { first: 20, strangersIdle: 60, idle: 600 };
const begin = () => {
  const end = vi.fn();
  return { end, life: new ConnectionLife({ end, spans }) };
};

it('ends without a first call', () => {
  const { end } = begin();
  vi.advanceTimersByTime(19);
  expect(end).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(end).toHaveBeenCalledOnce();
});

it('goes on while a call does, and ends after the last one, sooner where nobody is known', () => {
  const { end, life } = begin();
  life.begin();
  life.begin();
  vi.advanceTimersByTime(10_000);
  life.finish();
  vi.advanceTimersByTime(10_000);
  expect(end).not.toHaveBeenCalled();
  life.finish();
  vi.advanceTimersByTime(59);
  life.begin();
  life.know();
  life.finish();
  vi.advanceTimersByTime(599);
  expect(end).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(end).toHaveBeenCalledOnce();
});

it('leaves nothing behind once the connection is gone', () => {
  const { end, life } = begin();
  life.begin();
  life.forget();
  life.finish();
  begin().life.forget();
  expect(vi.getTimerCount()).toBe(0);
  expect(end).not.toHaveBeenCalled();
});

it('tells once that somebody is known, and ends once, however often that is found', () => {
  const [end, known] = [vi.fn(), vi.fn()];
  const life = new ConnectionLife({ end, known, spans });
  for (let n = 0; n < 3; n++) {
    life.know();
    life.refuse();
    expect(life.isKnown).toBe(false);
  }
  expect(known).toHaveBeenCalledOnce();
  expect(end).not.toHaveBeenCalled();
  for (let n = 0; n < 3; n++) life.refuse();
  life.end();
  vi.advanceTimersByTime(10_000);
  expect(end).toHaveBeenCalledOnce();
});
