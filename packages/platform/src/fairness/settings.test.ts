import { describe, expect, it } from 'vitest';
import { subjectOf } from '../testing/subjects.ts';
import { Fairness } from './settings.ts';

const [ann, ben] = [`user:${subjectOf('ann')}`, `user:${subjectOf('ben')}`];

describe('what the operator set', () => {
  it('is for names, whoever has them, and for each of a kind', () => {
    const set = new Fairness({
      weights: { 'user:ann': 3, 'group:bank': 2 },
      atOnce: { 'user:ann': 5, user: 2, 'group:bank': 8 },
    });
    expect(
      [ann, ben, `all-of:${subjectOf('ann')}`, 'group:bank', 'group:shops'].map((one) => set.weightOf(one)),
    ).toEqual([3, 1, 3, 2, 1]);
    expect([ann, ben, 'group:bank'].map((one) => set.atOnce(one))).toEqual([5, 2, 8]);
    // An account's groups are not its own tasks.
    expect([`all-of:${subjectOf('ann')}`, 'group:shops'].map((one) => set.atOnce(one))).toEqual([
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    ]);
    expect(set.weightOf('group:__proto__')).toBe(1);
  });

  it.each([
    { weights: { ann: 1 } },
    { weights: { user: 2 } },
    { weights: { 'user:': 1 } },
    { weights: { 'user:ann': 0 } },
    { weights: { 'user:ann': 1.5 } },
    { weights: { 'user:ann': Number.NaN } },
    { weights: { 'user:ann': 1e9 } },
    { atOnce: { 'group:bank': 0 } },
    { atOnce: { everybody: 1 } },
  ])('is refused where it is none: %j', (options) => {
    expect(() => new Fairness(options)).toThrow(expect.objectContaining({ code: 'bad-fairness' }));
  });
});
