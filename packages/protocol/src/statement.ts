/**
 * What a participant signs with its own key: that this account wants this one call, once, now. Here are only the bytes; signing is
 * the client's, verifying the platform's and the worker's.
 */
import { canonicalBytes } from './canonical-bytes.ts';
import { hex, members, oneOf, type Read, text, whole } from './form.ts';
import { limits } from './limits.ts';

const FORMAT = 'gaiwan-statement/1';
export const NONCE_BYTES = 16;

/** A statement of one call. All hexadecimal text is lower case. */
export interface Statement {
  readonly format: typeof FORMAT;
  /** Id of the platform's instance (64 hex digits): a statement for one platform is worth nothing at another. */
  readonly instance: string;
  /** Who signs. */
  readonly subject: string;
  /** The method's name. */
  readonly action: string;
  /** The id that the request names; '' for none. */
  readonly object: string;
  /** SHA-256 (hex) of the request's bytes; of an approval, of the manifest's bytes. */
  readonly digest: string;
  /** 16 random bytes in hex: no statement is taken twice. */
  readonly nonce: string;
  /** ms since the epoch. */
  readonly time: number;
}

const readStatement: Read<Statement> = members<Statement>({
  format: oneOf([FORMAT]),
  instance: hex(32),
  subject: text(limits.name.value),
  action: text(limits.name.value),
  object: text(limits.name.value),
  digest: hex(32),
  nonce: hex(NONCE_BYTES),
  time: whole(0, Number.MAX_SAFE_INTEGER),
});

/**
 * The bytes that a signature of a statement is over: its canonical JSON (RFC 8785), which begins with the only member that other
 * signed texts of the platform do not have.
 *
 * @throws ManifestError for a member of another form
 * @example
 * const signature = await signer.sign(statementBytes({ instance, subject, action: 'InvokeTask', object: taskId, digest, nonce, time }));
 */
export const statementBytes = (statement: Omit<Statement, 'format'>): Uint8Array<ArrayBuffer> =>
  canonicalBytes({ ...statement, format: FORMAT }, readStatement);

/** What an approval with a key says: what the client signs, the platform keeps, and the worker verifies. */
export const approvalStatement = (
  {
    participant,
    task,
    digest,
  }: { readonly participant: string; readonly task: string; readonly digest: string },
  { instance, nonce, time }: Pick<Statement, 'instance' | 'nonce' | 'time'>,
): Omit<Statement, 'format'> => ({
  instance,
  subject: participant,
  action: 'ApproveManifest',
  object: task,
  digest,
  nonce,
  time,
});

/** What an approval of a standing agreement says; `digest`: of its bytes. */
export const agreementStatement = (
  {
    participant,
    agreement,
    digest,
  }: { readonly participant: string; readonly agreement: string; readonly digest: string },
  { instance, nonce, time }: Pick<Statement, 'instance' | 'nonce' | 'time'>,
): Omit<Statement, 'format'> => ({
  instance,
  subject: participant,
  action: 'ApproveAgreement',
  object: agreement,
  digest,
  nonce,
  time,
});

/** What a new key signs about itself: that whoever registers it has its private half. `keyId`: SHA-256 (hex) of its SPKI. */
export const possessionStatement = (
  { subject, keyId }: { readonly subject: string; readonly keyId: string },
  { instance, nonce, time }: Pick<Statement, 'instance' | 'nonce' | 'time'>,
): Omit<Statement, 'format'> => ({
  instance,
  subject,
  action: 'ProveKey',
  object: keyId,
  digest: keyId,
  nonce,
  time,
});
