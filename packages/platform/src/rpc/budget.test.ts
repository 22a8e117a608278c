import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Budget } from './budget.ts';

const refused = (code: string) => expect.objectContaining({ code, retryAfterMs: expect.any(Number) });

it('gives one caller so many calls, and all together so many', () => {
  const budget = new Budget({ calls: 2, bytes: 100 }, { calls: 3, bytes: 100 });
  const first = budget.enter('ann');
  budget.enter('ann');
  expect(() => budget.enter('ann')).toThrow(refused('too-many-calls'));
  budget.enter('ben');
  expect(() => budget.enter('cleo')).toThrow(refused('too-many-calls'));
  first[Symbol.dispose]();
  // Leaving twice is leaving once.
  first[Symbol.dispose]();
  budget.enter('cleo');
  expect(() => budget.enter('dora')).toThrow(refused('too-many-calls'));
});

it('gives each caller the least, also where all have as many as they may', () => {
  const budget = new Budget({ calls: 5, bytes: 100 }, { calls: 3, bytes: 100 }, 2);
  for (let n = 0; n < 3; n++) budget.enter('ann');
  expect(() => budget.enter('ann')).toThrow(refused('too-many-calls'));
  for (const caller of ['ben', 'cleo']) {
    for (let n = 0; n < 2; n++) budget.enter(caller);
    expect(() => budget.enter(caller)).toThrow(refused('too-many-calls'));
  }
});

it('gives them so many bytes, until they are released or the call ends', () => {
  const budget = new Budget({ calls: 9, bytes: 60 }, { calls: 9, bytes: 100 });
  const [one, two, other] = [budget.enter('ann'), budget.enter('ann'), budget.enter('ben')];
  one.hold(60);
  expect(() => two.hold(1)).toThrow(refused('too-much-in-flight'));
  other.hold(40);
  expect(() => other.hold(1)).toThrow(refused('too-much-in-flight'));
  one.release(10);
  two.hold(10);
  one[Symbol.dispose]();
  two.hold(50);
  // What ends late counts nothing.
  one.hold(1000);
});

it('counts to the byte, whatever comes in which order, and forgets who has gone', () => {
  const act = fc.record({
    caller: fc.constantFrom('ann', 'ben', 'cleo'),
    what: fc.constantFrom('enter', 'hold', 'release', 'leave'),
    bytes: fc.nat(50),
    which: fc.nat(5),
  });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 80 }), (acts) => {
      const each = { calls: 3, bytes: 70 };
      const all = { calls: 5, bytes: 120 };
      const budget = new Budget(each, all);
      const model: { caller: string; held: number; place: ReturnType<Budget['enter']> }[] = [];
      const calls = (caller?: string) => model.filter((it) => (caller ?? it.caller) === it.caller).length;
      const bytes = (caller?: string) =>
        model.filter((it) => (caller ?? it.caller) === it.caller).reduce((sum, { held }) => sum + held, 0);
      for (const { caller, what, bytes: amount, which } of acts) {
        const one = model[which];
        if (what === 'enter') {
          const fits = calls(caller) < each.calls && calls() < all.calls;
          if (fits) model.push({ caller, held: 0, place: budget.enter(caller) });
          else expect(() => budget.enter(caller)).toThrow(refused('too-many-calls'));
        } else if (one === undefined) continue;
        else if (what === 'hold') {
          const fits =
            amount === 0 || (bytes(one.caller) + amount <= each.bytes && bytes() + amount <= all.bytes);
          if (fits) {
            one.place.hold(amount);
            one.held += amount;
          } else expect(() => one.place.hold(amount)).toThrow(refused('too-much-in-flight'));
        } else if (what === 'release') {
          one.place.release(amount);
          one.held -= Math.min(amount, one.held);
        } else {
          one.place[Symbol.dispose]();
          model.splice(which, 1);
        }
      }
      expect(budget.callers).toBe(new Set(model.map(({ caller }) => caller)).size);
    }),
  );
});
