import { expect, it } from 'vitest';
import { differences, missingApprovals, nameOf } from './index.ts';
import { subjectOf } from './testing/subjects.ts';

it('approvals of exactly this digest count, one for each participant', () => {
  const approval = (participant: string, digest = 'aa') => ({
    participant: subjectOf(participant),
    digest,
  });
  const missing = (participants: string[], ...approvals: ReturnType<typeof approval>[]) =>
    missingApprovals(
      participants.map((name) => subjectOf(name)),
      approvals,
      'aa',
    ).map(nameOf);
  expect(missing(['ann', 'ben'])).toEqual(['ann', 'ben']);
  expect(missing(['ann', 'ben'], approval('ann'))).toEqual(['ben']);
  expect(missing(['ann', 'ben'], approval('ann'), approval('ben'))).toEqual([]);
  expect(missing(['ann', 'ben'], approval('ann'), approval('ben', 'bb'))).toEqual(['ben']);
  expect(missing(['ann', 'ben'], approval('eve'), approval('ann'))).toEqual(['ben']);
  expect(missing(['ann'])).toEqual(['ann']);
});

it('two runs differ in what only one made, and in what both made differently', () => {
  const hash = (byte: number) => new Uint8Array(32).fill(byte);
  const first = { returnValue: hash(1), outputs: { a: hash(2), b: hash(3) } };
  expect(differences(first, { ...first })).toEqual([]);
  expect(differences(first, { ...first, returnValue: hash(9) })).toEqual(['return value']);
  expect(differences(first, { ...first, outputs: { b: hash(9), c: hash(2) } })).toEqual(['a', 'b', 'c']);
  expect(differences(first, { ...first, returnValue: hash(1).subarray(1) })).toEqual(['return value']);
});
