import type { worker as wire } from '@gaiwan/protocol';
import { describe, expect, it } from 'vitest';
import { defaultTaskLimits } from '../../domain/index.ts';
import { TestKey } from '../../testing/keys.ts';
import { smallLease } from '../../testing/leases.ts';
import { subjectOf, subjectsOf } from '../../testing/subjects.ts';
import { ApprovedTask, wipeKeys } from './approved-task.ts';
import { leaseRefusals } from './lease-refused.ts';

const none = new Uint8Array();
const hash = (byte: number) => new Uint8Array(32).fill(byte);
const approval = (participant: string, digest: Uint8Array): wire.Approval => ({
  $typeName: 'gaiwan.v1.Approval',
  participant,
  digest,
});
const digests = (slot: string): wire.Digests => ({
  $typeName: 'gaiwan.v1.Digests',
  returnValue: hash(1),
  outputs: { [slot]: hash(2) },
});

const key = new TestKey();
const signedBy = (other: TestKey): wire.ApprovalSignature => {
  const { time, ...rest } = other.approve(subjectOf('ann'), 'task-1', '00'.repeat(32));
  return { $typeName: 'gaiwan.v1.ApprovalSignature', time: BigInt(time), ...rest };
};

/** A lease, changed; the output is its only file. */
function leaseWith(change: (lease: wire.Lease, output: wire.FileSecret) => void, small = {}): wire.Lease {
  const lease = smallLease(small);
  const [output] = lease.outputs;
  if (!output) throw new Error('no output');
  change(lease, output);
  return lease;
}

const leases: readonly (readonly [string, wire.Lease])[] = [
  ['bad-manifest', leaseWith((lease) => lease.manifest.fill(0, 0, 1))],
  ['wrong-task', leaseWith((lease) => Object.assign(lease, { taskId: 'task-2' }))],
  ['not-approved', leaseWith((lease) => lease.approvals.splice(0))],
  ['not-approved', smallLease({ participants: subjectsOf('ann', 'ben') })],
  ['stray-approval', leaseWith((lease) => lease.approvals.push(approval(subjectOf('ann'), hash(0))))],
  ['stray-approval', leaseWith(({ approvals }) => approvals.push(...approvals))],
  [
    'stray-approval',
    leaseWith(({ approvals }) => approvals.push(approval(subjectOf('eve'), approvals[0]?.digest ?? none))),
  ],
  [
    'not-signed',
    leaseWith(({ approvals: [one] }) => Object.assign(one ?? {}, { signature: undefined }), { key }),
  ],
  [
    'wrong-signature',
    leaseWith(({ approvals: [one] }) => Object.assign(one ?? {}, { signature: signedBy(new TestKey()) }), {
      key,
    }),
  ],
  [
    'stray-signature',
    leaseWith(({ approvals: [one] }) => Object.assign(one ?? {}, { signature: signedBy(key) })),
  ],
  // Of another account of the name, and of a mere name.
  [
    'stray-approval',
    leaseWith(({ approvals }) => Object.assign(approvals[0] ?? {}, { participant: subjectOf('ann', 1) })),
  ],
  ['stray-approval', leaseWith(({ approvals }) => Object.assign(approvals[0] ?? {}, { participant: 'ann' }))],
  ['wrong-function', leaseWith((lease) => Object.assign(lease, { definition: none }))],
  ['wrong-function', smallLease({ functionName: 'g' })],
  ['wrong-function', smallLease({ executorType: 'custom:y' })],
  ['bad-definition', smallLease({ definition: Buffer.from('{}') })],
  ['wrong-payload', leaseWith((lease) => Object.assign(lease, { payload: Buffer.from('other') }))],
  ['missing-secret', leaseWith((lease) => lease.outputs.splice(0))],
  ['missing-secret', leaseWith((_lease, output) => Object.assign(output, { slot: 'other' }))],
  ['stray-secret', leaseWith((lease, output) => lease.inputs.push(output))],
  ['stray-secret', leaseWith((lease, output) => lease.outputs.push(output))],
  ['wrong-key', leaseWith((_lease, output) => Object.assign(output, { key: new Uint8Array(32) }))],
  ['wrong-key', leaseWith((_lease, output) => Object.assign(output, { iv: none }))],
  ['wrong-key', leaseWith((_lease, output) => Object.assign(output, { salt: hash(1) }))],
  ['wrong-commitment', leaseWith((_lease, output) => Object.assign(output, { key: new Uint8Array(16) }))],
  ['wrong-commitment', leaseWith((_lease, output) => Object.assign(output, { url: `${output.url}2` }))],
  [
    'wrong-agreement',
    leaseWith((lease) => Object.assign(lease, { agreement: none }), { key, agreement: {} }),
  ],
  ['wrong-agreement', leaseWith((lease) => Object.assign(lease, { agreement: hash(1) }), { key })],
  ['wrong-agreement', smallLease({ key, agreement: { epoch: 2 } })],
  [
    'wrong-agreement',
    smallLease({ key, agreement: { logs: [], limits: { ...defaultTaskLimits, files: 1 } } }),
  ],
  [
    'wrong-agreement',
    smallLease({ key, agreement: { function: { id: 'function-2', version: '00'.repeat(32) } } }),
  ],
  [
    'wrong-signature',
    leaseWith(({ approvals: [one] }) => Object.assign(one ?? {}, { signature: signedBy(key) }), {
      key,
      agreement: {},
    }),
  ],
  [
    'wrong-signature',
    leaseWith(
      ({ approvals: [one] }) => {
        const digest = Buffer.from(one?.digest ?? none).toString('hex');
        const { time, ...rest } = key.approve(subjectOf('ann'), 'task-1', digest);
        Object.assign(one ?? {}, {
          signature: { $typeName: 'gaiwan.v1.ApprovalSignature', time: BigInt(time), ...rest },
        });
      },
      { key, agreement: {} },
    ),
  ],
  ['stray-digests', smallLease({ expected: digests('out') })],
  ['stray-digests', smallLease({ repeat: true, expected: digests('other') })],
  ['stray-digests', smallLease({ repeat: true, expected: { ...digests('out'), returnValue: none } })],
];

describe('a lease', () => {
  it('that is what was approved gives the task', () => {
    const lease = smallLease({ repeat: true, logs: ['creator'], expected: digests('out') });
    const task = ApprovedTask.check(lease);
    expect(task).toMatchObject({ pair: 'custom:x/x', keepsLog: true, inputs: [], payload: lease.payload });
    expect(task.outputs).toEqual([
      {
        slot: 'out',
        id: 'output-1',
        url: lease.outputs[0]?.url,
        capability: '',
        key: { scheme: 'aes-gcm-128', key: lease.outputs[0]?.key, iv: lease.outputs[0]?.iv },
      },
    ]);
    expect(task.expected).toEqual({ returnValue: hash(1), outputs: { out: hash(2) } });
  });

  it('that a standing agreement approves, which its participants have signed, gives the task', () => {
    expect(ApprovedTask.check(smallLease({ key, agreement: {} })).pair).toBe('custom:x/x');
    expect(ApprovedTask.check(smallLease({ agreement: {} })).pair).toBe('custom:x/x');
  });

  it.each(leases)('is refused: %s', (code, lease) => {
    expect(() => ApprovedTask.check(lease)).toThrow(
      expect.objectContaining({ name: 'LeaseRefused', code, message: expect.stringMatching(/[.]$/) }),
    );
  });

  it('has a refusal tried here for each code', () => {
    const tried = new Set(leases.map(([code]) => code));
    expect([...tried].sort()).toEqual(Object.keys(leaseRefusals).sort());
  });

  it('is left without its keys', () => {
    const lease = smallLease();
    expect(lease.outputs[0]?.key.some((byte) => byte !== 0)).toBe(true);
    wipeKeys(lease);
    expect(lease.outputs[0]?.key).toEqual(new Uint8Array(16));
  });
});
