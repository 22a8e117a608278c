import { expect, it } from 'vitest';
import { WriteBehind } from './write-behind.ts';

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

it('has one write under way, and begins them in order', async () => {
  const events: string[] = [];
  const behind = new WriteBehind(async (name: string) => {
    events.push(`begin ${name}`);
    await tick();
    events.push(`end ${name}`);
  });
  await behind.write('a');
  expect(events).toEqual(['begin a']);
  await behind.write('b');
  expect(events).toEqual(['begin a', 'end a', 'begin b']);
  await behind.end();
  expect(events).toEqual(['begin a', 'end a', 'begin b', 'end b']);
});

it('tells of a failure with the next call, and never as an unhandled one', async () => {
  const behind = new WriteBehind(async () => {
    await tick();
    throw new Error('full');
  });
  await behind.write();
  await tick();
  await tick();
  await behind.settle();
  await expect(behind.write()).rejects.toThrow('full');
  await expect(behind.end()).rejects.toThrow('full');
});
