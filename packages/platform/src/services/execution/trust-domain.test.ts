/** Two tasks have one trust domain where nobody but the same people could learn anything, by the same code. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SmallLease, smallLease } from '../../testing/leases.ts';
import { ApprovedTask } from './approved-task.ts';
import { trustDomain } from './trust-domain.ts';

const executor = { name: 'x', layers: ['process', 'seccomp'] };
const manifestOf = (asked: SmallLease = {}) => ApprovedTask.check(smallLease(asked)).manifest;
const small = manifestOf();
const base = {
  ...small,
  inputs: [
    {
      slot: 'i',
      id: 'input-1',
      owners: [small.creator],
      schema: 'raw' as const,
      commitment: '00'.repeat(32),
    },
  ],
};
const domain = trustDomain(base, executor);
const zoe = base.creator.replace(/^[^#]+/, 'zoe') as typeof base.creator;

describe('the trust domain of a task', () => {
  it('is that of another task of the same people with the same function, whatever its arguments, limits and data', () => {
    const other = {
      ...base,
      task: 'another',
      arguments: '{"a":1}',
      limits: { ...base.limits, memoryMiB: 1 },
      inputs: base.inputs.map((input) => ({ ...input, id: 'another', commitment: 'ff'.repeat(32) })),
    };
    expect(trustDomain(other, executor)).toBe(domain);
  });

  it.each([
    ['version of the function', { function: { ...base.function, version: '00'.repeat(32) } }],
    ['function of the same content', { function: { ...base.function, id: 'another' } }],
    ['owner of the function', { function: { ...base.function, owner: zoe } }],
    ['executor', { executor: 'another' }],
    ['creator', { creator: zoe }],
    [
      'participant',
      { participants: [...base.participants, { subject: zoe, authority: 'password' as const }] },
    ],
    ['participants, one less', { participants: base.participants.slice(1) }],
    [
      'authority of a participant',
      {
        participants: base.participants.map((one) => ({
          ...one,
          authority: `key:${'0'.repeat(64)}` as const,
        })),
      },
    ],
    ['owner of an input', { inputs: base.inputs.map((one) => ({ ...one, owners: [...one.owners, zoe] })) }],
    ['owner of an output', { outputs: base.outputs.map((one) => ({ ...one, owners: [zoe] })) }],
    ['reader of the log', { logs: ['function-owner' as const] }],
  ])('is another for another %s', (_what, change) => {
    expect(trustDomain({ ...base, ...change }, executor)).not.toBe(domain);
  });

  it('is another within other layers, and for another interpreter', () => {
    expect(trustDomain(base, { ...executor, layers: ['process'] })).not.toBe(domain);
    expect(trustDomain(base, { ...executor, name: 'y' })).not.toBe(domain);
  });

  it('does not mix the people of one slot with those of another', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string()), fc.array(fc.string()), (a, b, c) => {
        const [output] = base.outputs;
        if (!output) return;
        // Names are untrusted here: any text.
        const slots = (owners: string[][]) =>
          owners.map((list, at) => ({
            ...output,
            slot: `${at}`,
            owners: list as unknown as typeof output.owners,
          }));
        const one = trustDomain({ ...base, outputs: slots([[...a, ...b], c]) }, executor);
        const other = trustDomain({ ...base, outputs: slots([a, [...b, ...c]]) }, executor);
        expect(one === other).toBe(b.length === 0);
      }),
    );
  });
});
