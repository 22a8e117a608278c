/** Keys of participants, and calls that they sign. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { type DescMessage, type MessageShape, toBinary } from '@bufbuild/protobuf';
import {
  type ApprovalSignature,
  agreementStatement,
  approvalStatement,
  authorityOfMethod,
  possessionStatement,
  SIGNATURE_HEADER,
  type Statement,
  signatureText,
  statedOf,
  statementBytes,
} from '@gaiwan/protocol';
import { type AccountKey, keyId } from '../domain/keys.ts';
import { sha256Hex } from '../domain/sha256.ts';

type Parts = Omit<Statement, 'format'>;

export class TestKey {
  readonly account: AccountKey;
  readonly #privateKey: KeyObject;

  constructor(algorithm: 'Ed25519' | 'ES256' = 'Ed25519', since = 0) {
    const { publicKey, privateKey } =
      algorithm === 'Ed25519'
        ? generateKeyPairSync('ed25519')
        : generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
    this.account = { id: keyId(spki), publicKey: spki, since };
    this.#privateKey = privateKey;
  }

  sign(bytes: Uint8Array): Uint8Array {
    const digest = this.#privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256';
    return new Uint8Array(sign(digest, bytes, { key: this.#privateKey, dsaEncoding: 'ieee-p1363' }));
  }

  text(statement: Parts): string {
    const { time, nonce } = statement;
    return signatureText({ time, nonce, signature: this.sign(statementBytes(statement)) });
  }

  /** Its approval of the manifest with this digest (hex). */
  approve(participant: string, task: string, digest: string): ApprovalSignature {
    const once = { instance: 'ab'.repeat(32), nonce: freshNonce(), time: 1 };
    const bytes = statementBytes(approvalStatement({ participant, task, digest }, once));
    return { ...once, publicKey: this.account.publicKey, signature: this.sign(bytes) };
  }

  /** Its approval of the agreement with this digest (hex). */
  approveAgreement(participant: string, agreement: string, digest: string): ApprovalSignature {
    const once = { instance: 'ab'.repeat(32), nonce: freshNonce(), time: 1 };
    const bytes = statementBytes(agreementStatement({ participant, agreement, digest }, once));
    return { ...once, publicKey: this.account.publicKey, signature: this.sign(bytes) };
  }

  /** As a request for a new key carries them. */
  offer(where: Where): { readonly publicKey: Uint8Array; readonly proof: string } {
    const { publicKey, id } = this.account;
    const statement = possessionStatement(
      { subject: where.subject, keyId: id },
      { ...where, nonce: freshNonce() },
    );
    return { publicKey, proof: this.text(statement) };
  }
}

export interface Where {
  readonly instance: string;
  readonly subject: string;
  readonly time: number;
}

export const freshNonce = (): string => randomBytes(16).toString('hex');

/** What a client states about a call. */
export function statementOf<Desc extends DescMessage>(
  action: string,
  schema: Desc,
  request: MessageShape<Desc>,
  where: Where,
): Parts {
  const authority = authorityOfMethod(action);
  if (authority?.signature !== 'required' && authority?.signature !== 'for results')
    throw new Error(`${action} wants no signature`);
  const stated = statedOf(authority, request, () => sha256Hex(toBinary(schema, request)));
  return { ...where, action, ...stated, nonce: freshNonce() };
}

/** The metadata of a call by this user; `signature`: the text of one. */
export const headersOf =
  (id: string, signature = '') =>
  (name: string): string =>
    name === 'id' ? id : name === SIGNATURE_HEADER ? signature : '';
