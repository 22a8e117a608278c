/** Signatures of auditors over `enclave_info.toml`: k of n different people must have said yes. */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { CodedError, type RefusalTable } from '@gaiwan/errors';
import { limits } from '../limits.ts';

export const auditRefusals = {
  'bad-auditor-key': {
    meaning:
      "An auditor's key is not Ed25519, or RSA of 2048 to 8192 bits with an odd exponent of at least 65537, in PEM; or it is the private one.",
    remedy:
      "Name the file with the auditor's public key; to sign, the one with the private key, without a password.",
  },
  'bad-threshold': {
    meaning:
      'So many auditors cannot be required: none, more than there are different keys, or more than the limit.',
    remedy: 'Require at least one of the auditors that are named, and at most all of them.',
  },
  'wrong-signature': {
    meaning: 'A signature is of none of the named auditors, or over another enclave info.',
    remedy:
      "Name the key of the auditor who made it, and fetch this release's enclave info and signatures again.",
  },
  'auditors-missing': {
    meaning: 'Fewer different auditors have signed the enclave info than are required.',
    remedy: 'Add the signatures of further auditors.',
  },
} as const satisfies RefusalTable;

/** What auditors are said to have signed cannot be relied on. */
export class AuditError extends CodedError<keyof typeof auditRefusals> {
  override readonly name = 'AuditError';
}

function checkKey(key: KeyObject): KeyObject {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'ed25519') return key;
  const bits = details?.modulusLength ?? 0;
  // With an exponent of 1 everybody signs for it; with a small one, a lax verifier is easily deceived.
  const exponent = details?.publicExponent ?? 0n;
  const isSound = exponent >= 65_537n && exponent % 2n === 1n;
  if (type === 'rsa' && bits >= 2048 && bits <= 8192 && isSound) return key;
  if (type === 'rsa' && !isSound)
    throw new AuditError(
      'bad-auditor-key',
      `An auditor's RSA key has an odd exponent of at least 65537, not ${exponent}.`,
    );
  throw new AuditError(
    'bad-auditor-key',
    `An auditor's key is Ed25519, or RSA of 2048 to 8192 bits, not ${type}${bits ? ` of ${bits} bits` : ''}.`,
  );
}

/**
 * Reads an auditor's public key.
 *
 * @param pem SubjectPublicKeyInfo, or PKCS #1 as Teaclave has them
 * @throws {AuditError} `bad-auditor-key`
 */
export function auditorKey(pem: string): KeyObject {
  if (/PRIVATE KEY/.test(pem))
    throw new AuditError(
      'bad-auditor-key',
      "This is an auditor's private key: give the public one, and change this key.",
    );
  try {
    return checkKey(createPublicKey(pem));
  } catch (cause) {
    if (cause instanceof AuditError) throw cause;
    throw new AuditError('bad-auditor-key', "An auditor's key must be PEM: PUBLIC KEY or RSA PUBLIC KEY.", {
      cause,
    });
  }
}

const algorithm = (key: KeyObject) => (key.asymmetricKeyType === 'ed25519' ? null : 'sha256');

/**
 * Signs an enclave info as an auditor: Ed25519, or RSA PKCS #1 v1.5 with SHA-256, raw bytes.
 *
 * @throws {AuditError} `bad-auditor-key`
 */
export function signEnclaveInfo(info: Uint8Array, privateKeyPem: string): Uint8Array {
  let key: KeyObject;
  try {
    key = checkKey(createPrivateKey(privateKeyPem));
  } catch (cause) {
    if (cause instanceof AuditError) throw cause;
    throw new AuditError(
      'bad-auditor-key',
      'The private key cannot be read: it must be PEM without a password.',
      { cause },
    );
  }
  return new Uint8Array(sign(algorithm(key), info, key));
}

/** Whose signatures count. */
export interface Auditors {
  /** Public keys (PEM). None are built in. */
  readonly keys: readonly string[];
  /** How many of them must have signed; at least one. */
  readonly needed: number;
}

/**
 * Returns if every signature is of an auditor and at least `needed` different auditors have signed. The same key given twice is one
 * auditor, and so are two signatures of one.
 *
 * @throws {AuditError} otherwise
 * @example
 * ```ts
 * checkAuditors(enclaveInfo, [annasSignature, bertsSignature], { keys: [anna, bert], needed: 2 });
 * ```
 */
export function checkAuditors(
  info: Uint8Array,
  signatures: readonly Uint8Array[],
  { keys, needed }: Auditors,
): void {
  if (keys.length > limits.auditors.value || signatures.length > limits.auditors.value)
    throw new AuditError('bad-threshold', `More than ${limits.auditors.value} auditors or signatures.`);
  const known = new Map(
    keys.map((pem) => {
      const key = auditorKey(pem);
      return [key.export({ type: 'spki', format: 'der' }).toString('base64'), key] as const;
    }),
  );
  if (!Number.isInteger(needed) || needed < 1 || needed > known.size)
    throw new AuditError(
      'bad-threshold',
      `${needed} of ${known.size} auditors cannot be required: at least 1, at most all.`,
    );
  const signed = new Set<string>();
  for (const [index, signature] of signatures.entries()) {
    const signer =
      signature.length <= limits.signature.value
        ? [...known].find(([, key]) => verify(algorithm(key), info, key, signature))
        : undefined;
    if (signer === undefined)
      throw new AuditError(
        'wrong-signature',
        `Signature ${index + 1} is of none of the auditors over this enclave info.`,
      );
    signed.add(signer[0]);
  }
  if (signed.size < needed)
    throw new AuditError(
      'auditors-missing',
      `${signed.size} of ${known.size} auditors have signed; ${needed} are needed.`,
    );
}
