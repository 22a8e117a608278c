import { expect, it } from 'vitest';
import { OpenAttempts } from './open-attempts.ts';

it('what is open under an attempt ends with it, and its end waits until nothing is', async () => {
  const attempts = new OpenAttempts();
  attempts.begin('a');
  attempts.hold('a')[Symbol.dispose]();
  const [one, other] = [attempts.hold('a'), attempts.hold('a')];
  expect([one.signal.aborted, other.signal.aborted]).toEqual([false, false]);
  let ended = false;
  const end = attempts.end('a').then(() => {
    ended = true;
  });
  expect([one.signal.aborted, other.signal.aborted]).toEqual([true, true]);
  one[Symbol.dispose]();
  await Promise.resolve();
  expect(ended).toBe(false);
  other[Symbol.dispose]();
  await end;
});

it('nothing is opened before it begins and after it has ended, nor under another', async () => {
  const attempts = new OpenAttempts();
  expect(attempts.hold('a').signal.aborted).toBe(true);
  attempts.begin('a');
  expect(attempts.hold('b').signal.aborted).toBe(true);
  await attempts.end('a');
  await attempts.end('a');
  expect(attempts.hold('a').signal.aborted).toBe(true);
});

it('whoever ends one that is ending waits as well', async () => {
  const attempts = new OpenAttempts();
  attempts.begin('a');
  const hold = attempts.hold('a');
  const over: string[] = [];
  const ends = ['first', 'second'].map((who) => attempts.end('a').then(() => over.push(who)));
  // What comes meanwhile is none of what is waited for.
  const late = attempts.hold('a');
  expect(late.signal.aborted).toBe(true);
  attempts.begin('a');
  late[Symbol.dispose]();
  await attempts.end('b');
  expect(over).toEqual([]);
  hold[Symbol.dispose]();
  await Promise.all(ends);
  expect(over).toEqual(['first', 'second']);
  await attempts.end('a');
});
