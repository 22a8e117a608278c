import { create } from '@bufbuild/protobuf';
import { type TaskManifest, worker as wire } from '@gaiwan/protocol';
import { describe, expect, it } from 'vitest';
import { TestKey } from '../../testing/keys.ts';
import { smallLease } from '../../testing/leases.ts';
import { subjectOf } from '../../testing/subjects.ts';
import { requireSignatures } from './approval-signatures.ts';
import { ApprovedTask } from './approved-task.ts';

const refused = (code: string) => expect.objectContaining({ code });

describe.each(['Ed25519', 'ES256'] as const)('an approval by a key of %s', (algorithm) => {
  const key = new TestKey(algorithm);
  const lease = () => smallLease({ key });
  /** The lease with another signature in the place of its approval's. */
  const withSignature = (signature: wire.ApprovalSignature | undefined): wire.Lease => {
    const changed = lease();
    for (const approval of changed.approvals)
      if (signature) approval.signature = signature;
      else delete approval.signature;
    return changed;
  };
  const digestOf = ({ approvals: [approval] }: wire.Lease) =>
    Buffer.from(approval?.digest ?? []).toString('hex');
  const wired = ({ time, ...rest }: ReturnType<TestKey['approve']>) =>
    create(wire.ApprovalSignatureSchema, { ...rest, time: BigInt(time) });
  const ann = subjectOf('ann');

  it('is taken', () => {
    expect(ApprovedTask.check(lease()).manifest.participants).toEqual([
      { subject: ann, authority: `key:${key.account.id}` },
    ]);
  });

  it('is refused without its signature', () => {
    expect(() => ApprovedTask.check(withSignature(undefined))).toThrow(refused('not-signed'));
  });

  it.each<[string, (digest: string) => ReturnType<TestKey['approve']>]>([
    ['by another key', (digest) => new TestKey(algorithm).approve(ann, 'task-1', digest)],
    [
      'by another key under the name of this one',
      (digest) => ({
        ...new TestKey(algorithm).approve(ann, 'task-1', digest),
        publicKey: key.account.publicKey,
      }),
    ],
    ['of another participant', (digest) => key.approve(subjectOf('ben'), 'task-1', digest)],
    ['of another account of the name', (digest) => key.approve(subjectOf('ann', 1), 'task-1', digest)],
    ['of another task', (digest) => key.approve(ann, 'task-2', digest)],
    ['of another manifest', () => key.approve(ann, 'task-1', '00'.repeat(32))],
    ['at another time', (digest) => ({ ...key.approve(ann, 'task-1', digest), time: 2 })],
    ['with another nonce', (digest) => ({ ...key.approve(ann, 'task-1', digest), nonce: '00'.repeat(16) })],
    ['of no form', (digest) => ({ ...key.approve(ann, 'task-1', digest), nonce: '\ud800' })],
    [
      'of another instance',
      (digest) => ({ ...key.approve(ann, 'task-1', digest), instance: 'cd'.repeat(32) }),
    ],
  ])('is refused with a signature %s', (_what, sign) => {
    const signature = wired(sign(digestOf(lease())));
    expect(() => ApprovedTask.check(withSignature(signature))).toThrow(refused('wrong-signature'));
  });
});

it('a password does not stand for a key, nor a key for a password', () => {
  const key = new TestKey();
  const [ann, ben] = [subjectOf('ann'), subjectOf('ben')];
  const manifest = (authority: TaskManifest['participants'][number]['authority']) =>
    ({
      task: 'task-1',
      participants: [
        { subject: ann, authority },
        { subject: ben, authority: 'password' },
      ],
    }) as const;
  const digest = '07'.repeat(32);
  const { time, ...rest } = key.approve(ann, 'task-1', digest);
  const signature = create(wire.ApprovalSignatureSchema, { ...rest, time: BigInt(time) });
  const of = (participant: string, signed: boolean) =>
    create(wire.ApprovalSchema, {
      participant,
      digest: Buffer.from(digest, 'hex'),
      ...(signed && { signature }),
    });
  const check = (authority: Parameters<typeof manifest>[0], ...approvals: wire.Approval[]) =>
    requireSignatures(
      manifest(authority) as unknown as TaskManifest,
      { what: 'manifest', task: 'task-1', digest },
      approvals,
    );
  check(`key:${key.account.id}`, of(ann, true), of(ben, false));
  expect(() => check('password', of(ann, true), of(ben, false))).toThrow(refused('stray-signature'));
  expect(() => check(`key:${key.account.id}`, of(ann, false), of(ben, true))).toThrow(refused('not-signed'));
  expect(() => check(`key:${key.account.id}`, of(ann, true), of(ben, true))).toThrow(
    refused('stray-signature'),
  );
});
