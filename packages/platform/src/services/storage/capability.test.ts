import { Key256 } from '@gaiwan/enclave';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { subjectOf } from '../../testing/subjects.ts';
import { Capabilities, type Grant } from './capability.ts';

const capabilities = new Capabilities(Key256.take(new Uint8Array(32).fill(1)));
const grant: Grant = {
  blob: '1b4e28ba-2fa1-41d2-883f-0016d3cca427',
  access: 'write',
  attempt: 'a1',
  lease: 'task-a2',
  holder: subjectOf('ann.#.x'),
  expires: 1000,
};
const issued = capabilities.issue(grant);

it('opens what it was issued for, until it ends', () => {
  expect(capabilities.check(issued, 999)).toEqual(grant);
  expect(capabilities.check(issued, 1000)).toBeUndefined();
});

it.each([
  ['of another platform', new Capabilities(Key256.take(new Uint8Array(32))).issue(grant)],
  [
    'for reading, made one for writing',
    capabilities.issue({ ...grant, access: 'read' }).replace('.read.', '.write.'),
  ],
  ['with a later end', issued.replace('.1000.', '.9000.')],
  [
    'of another account',
    capabilities.issue({ ...grant, holder: subjectOf('ann') }).replace(/\.[^.]+$/, issued.slice(-44)),
  ],
  ['for another attempt', issued.replace('.a1.', '.a2.')],
  ['for another lease', issued.replace('.task-a2.', '.task-a3.')],
  ['without its lease', issued.replace('.task-a2.', '..')],
  ['without its end', issued.slice(0, -1)],
  ['of nothing', ''],
])('%s opens nothing', (_what, text) => {
  expect(capabilities.check(text, 0)).toBeUndefined();
});

it('changed anywhere opens nothing else', () => {
  fc.assert(
    fc.property(fc.nat(issued.length - 1), fc.string({ maxLength: 2 }), (at, junk) => {
      const opened = capabilities.check(issued.slice(0, at) + junk + issued.slice(at + 1), 0);
      // Spare bits of the last letter of base64url.
      if (opened) expect(opened).toEqual(grant);
    }),
    { numRuns: 2000 },
  );
});
