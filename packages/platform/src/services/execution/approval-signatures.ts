/** What a participant's key must have signed before a worker touches its data. */
import {
  agreementStatement,
  approvalStatement,
  keyOfAuthority,
  ManifestError,
  statementBytes,
  type TaskManifest,
  type worker as wire,
} from '@gaiwan/protocol';
import { isSignedBy, keyId } from '../../domain/keys.ts';
import { LeaseRefused } from './lease-refused.ts';

/** What participants have signed: the manifest, or a standing agreement that covers it. */
export type Signed =
  | { readonly what: 'manifest'; readonly task: string; readonly digest: string }
  | { readonly what: 'agreement'; readonly agreement: string; readonly digest: string };

/**
 * The approvals, one for each participant, are signed by the keys that the manifest names.
 *
 * @throws LeaseRefused not-signed, wrong-signature, stray-signature
 */
export function requireSignatures(
  { participants }: TaskManifest,
  signed: Signed,
  approvals: readonly wire.Approval[],
): void {
  for (const { subject, authority } of participants) {
    const key = keyOfAuthority(authority);
    const signature = approvals.find(({ participant }) => participant === subject)?.signature;
    const who = JSON.stringify(subject);
    if (key === undefined && signature)
      throw new LeaseRefused('stray-signature', `The approval of ${who}, who has no key, is signed.`);
    if (key === undefined) continue;
    if (!signature)
      throw new LeaseRefused('not-signed', `The approval of ${who}, who has a key, is not signed.`);
    if (!isApproval(subject, signed, key, signature))
      throw new LeaseRefused(
        'wrong-signature',
        `The approval of ${who} is not signed by the key that it has.`,
      );
  }
}

function isApproval(
  participant: string,
  signed: Signed,
  key: string,
  { publicKey, instance, nonce, time, signature }: wire.ApprovalSignature,
): boolean {
  if (keyId(publicKey) !== key) return false;
  try {
    const once = { instance, nonce, time: Number(time) };
    const statement =
      signed.what === 'manifest'
        ? approvalStatement({ participant, ...signed }, once)
        : agreementStatement({ participant, ...signed }, once);
    const bytes = statementBytes(statement);
    return isSignedBy(publicKey, bytes, signature);
  } catch (error) {
    // Of another form than any statement: nobody has signed that.
    if (error instanceof ManifestError) return false;
    throw error;
  }
}
