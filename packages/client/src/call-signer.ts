/** Signs calls with a user's key: which ones, and over what, says the table that the platform has too. */
import { createHash, randomBytes } from 'node:crypto';
import { type DescMessage, type Message, toBinary } from '@bufbuild/protobuf';
import {
  authorityOfMethod,
  NONCE_BYTES,
  possessionStatement,
  SIGNATURE_BYTES,
  type Statement,
  signatureText,
  statedOf,
  statementBytes,
} from '@gaiwan/protocol';
import { GaiwanError } from './errors.ts';
import { limits } from './limits.ts';
import type { Signer } from './signer.ts';

/** What a statement of an account names: the platform says so after the login. */
export interface Identity {
  readonly subject: string;
  /** Id of the platform's instance, in hex. */
  readonly instance: string;
}

/** The id of a key: SHA-256 (hex) of its SPKI. */
export const keyIdOf = ({ publicKey }: Pick<Signer, 'publicKey'>): string => sha256Hex(publicKey);

const sha256Hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Does an account with a key sign this method? */
export function isSignedMethod(name: string): boolean {
  const signature = authorityOfMethod(name)?.signature;
  return signature === 'required' || signature === 'for results';
}

/** The platform's clock, as far as it is known: a statement of its future is refused, one of its recent past is not. */
export class PlatformClock {
  #ahead: number = -limits.statementBackdate.value;

  /** `time`: what the platform's clock said, some moments ago. */
  correct(time: number): void {
    this.#ahead = time - Date.now();
  }

  now(): number {
    return Date.now() + this.#ahead;
  }
}

export class CallSigner {
  readonly signer: Signer;
  readonly #identity: () => Promise<Identity>;
  readonly #clock: PlatformClock;

  constructor(signer: Signer, identity: () => Promise<Identity>, clock: PlatformClock) {
    this.signer = signer;
    this.#identity = identity;
    this.#clock = clock;
  }

  /** The metadata of a call. Rejects with `GaiwanError`: signing-failed, or what the signer itself rejects with. */
  async signCall(action: string, input: DescMessage, request: Message): Promise<string> {
    const authority = authorityOfMethod(action);
    if (authority?.signature !== 'required' && authority?.signature !== 'for results') return '';
    const { subject, instance } = await this.#identity();
    const bytes = () => sha256Hex(toBinary(input, request, { writeUnknownFields: false }));
    return this.#sign({ subject, instance, action, ...statedOf(authority, request, bytes), ...this.#once() });
  }

  /** That the signer has the key, for this account alone. */
  async proveKey(): Promise<string> {
    const { subject, instance } = await this.#identity();
    const keyId = keyIdOf(this.signer);
    return this.#sign(possessionStatement({ subject, keyId }, { instance, ...this.#once() }));
  }

  #once(): Pick<Statement, 'nonce' | 'time'> {
    return { nonce: randomBytes(NONCE_BYTES).toString('hex'), time: this.#clock.now() };
  }

  async #sign(statement: Omit<Statement, 'format'>): Promise<string> {
    const { nonce, time } = statement;
    let signature: Uint8Array;
    try {
      signature = await this.signer.sign(statementBytes(statement));
    } catch (cause) {
      // A signer of ours, which says what to do.
      if (cause instanceof GaiwanError) throw cause;
      throw new GaiwanError('signing-failed', `The signer did not sign ${statement.action}.`, { cause });
    }
    if (signature.length !== SIGNATURE_BYTES)
      throw new GaiwanError(
        'signing-failed',
        `The signer gave ${signature.length} bytes for a signature, and one has ${SIGNATURE_BYTES}.`,
      );
    return signatureText({ nonce, time, signature });
  }
}
