/** Accounts that have a key act with it: every call is held to what `signedMethods` wants of its method. */
import {
  authorityOfMethod,
  ManifestError,
  type MethodAuthority,
  parseSignatureText,
  possessionStatement,
  type SentSignature,
  SIGNATURE_HEADER,
  type Statement,
  statedOf,
  statementBytes,
} from '@gaiwan/protocol';
import { type AccountKey, isSignedBy, keyId, readPublicKey } from '../domain/keys.ts';
import { sha256Hex } from '../domain/sha256.ts';
import { refuse } from '../errors.ts';
import type { Clock } from '../ports.ts';
import type { Proof, SignatureCheck, SignedCall } from './signatures.ts';
import { TakenStatements } from './taken-statements.ts';

export interface KeySignaturesOptions {
  readonly clock: Clock;
  /** Id of the platform's instance. */
  readonly instance: string;
}

/** Whoever registers a key: its public half, and its signature of the possession statement. */
export interface OfferedKey {
  readonly publicKey: Uint8Array;
  readonly proof: string;
}

export class KeySignatures implements SignatureCheck {
  readonly instance: string;
  readonly #clock: Clock;
  readonly #taken: TakenStatements;

  constructor({ clock, instance }: KeySignaturesOptions) {
    this.instance = instance;
    this.#clock = clock;
    this.#taken = new TakenStatements(clock);
  }

  verify(call: SignedCall): Proof {
    const { caller, action } = call;
    const authority = authorityOfMethod(action);
    if (!authority) throw new Error(`nobody has said whether ${action} wants a signature`);
    if (!caller.key) return { by: 'password' };
    if (authority.signature === 'none') return { by: 'session' };
    if (authority.signature === 'refused')
      throw refuse(
        'approval-without-digest',
        `${caller.id} has a key, and ${action} cannot be signed: ${authority.because}. Approve the digest of the manifest instead.`,
      );
    const text = call.header(SIGNATURE_HEADER);
    if (text !== '') return this.#verifySigned(call, caller.key, authority, text);
    if (authority.signature === 'for results') return { by: 'session' };
    throw refuse(
      'signature-missing',
      `${caller.id} has a key, and ${action} wants its signature: log in with the key ${caller.key.id.slice(0, 16)}…`,
    );
  }

  /**
   * The key that somebody wants to register, once it has signed that it may be.
   *
   * @throws PlatformError bad-public-key, key-not-proven, and what is wrong with the proof's time
   */
  requirePossession(subject: string, { publicKey, proof }: OfferedKey): AccountKey {
    if (!readPublicKey(publicKey))
      throw refuse('bad-public-key', 'The public key is none of Ed25519 or P-256, in DER (SPKI).');
    const sent = requireForm(proof);
    const id = keyId(publicKey);
    const statement = possessionStatement({ subject, keyId: id }, { ...sent, instance: this.instance });
    this.#taken.requireTimely(subject, sent.time);
    if (!isSignedBy(publicKey, statementBytes(statement), sent.signature))
      throw refuse(
        'key-not-proven',
        'The proof is not a signature of the possession statement by the new key.',
      );
    this.#taken.take(subject, sent);
    return { id, publicKey, since: this.#clock.now() };
  }

  #verifySigned(
    { caller, action, request, bytes }: SignedCall,
    { publicKey }: AccountKey,
    authority: Extract<MethodAuthority, { readonly signature: 'required' | 'for results' }>,
    text: string,
  ): Proof {
    const sent = requireForm(text);
    const { subject } = caller;
    this.#taken.requireTimely(subject, sent.time);
    // A message is an object, whatever its type.
    const stated = statedOf(authority, request as object, () => sha256Hex(bytes()));
    const { nonce, time, signature } = sent;
    const statement = { instance: this.instance, subject, action, ...stated, nonce, time };
    const signed = bytesOf(statement);
    if (!signed || !isSignedBy(publicKey, signed, signature))
      throw refuse(
        'signature-wrong',
        `The signature is not that of ${caller.id}'s key over this ${action}: it may be of another key, or of another request.`,
      );
    this.#taken.take(subject, sent);
    return { by: 'key', signature: { publicKey, instance: this.instance, nonce, time, signature } };
  }
}

function requireForm(text: string): SentSignature {
  const sent = parseSignatureText(text);
  if (sent) return sent;
  throw refuse('signature-malformed', 'The signature is not of the form TIME.NONCE.SIGNATURE.');
}

/** Undefined where nobody can have signed it: an object or a digest that no statement holds. */
function bytesOf(statement: Omit<Statement, 'format'>): Uint8Array | undefined {
  try {
    return statementBytes(statement);
  } catch (error) {
    if (error instanceof ManifestError) return undefined;
    throw error;
  }
}
