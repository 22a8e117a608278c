/** Keys that sign for connections where evidence takes long to make: the evidence names one, and many connections have it in common. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { SigningKey } from '@gaiwan/attestation-kit';
import { sessionSigningClaim, sessionStatement } from '@gaiwan/trust';
import { limits } from '../limits.ts';
import { SKEW_MS } from './certificate.ts';

/** A key of this process alone: it is written nowhere, and gone when the process is. */
interface Signer {
  readonly privateKey: KeyObject;
  /** DER, with the evidence that names the key. */
  readonly certificate: Uint8Array;
}

interface Made {
  readonly signer: Promise<Signer>;
  /** Milliseconds since 1970. */
  readonly madeAt: number;
  /** Milliseconds since 1970: from then on another one is made. */
  readonly replaceAt: number;
}

/** What speaks for one connection. */
export interface Signed {
  readonly certificate: Uint8Array;
  readonly signature: Uint8Array;
}

/** Makes evidence for a TLS key with this claim, in a certificate (DER). */
type Certify = (key: SigningKey, claim: Uint8Array) => Promise<Uint8Array>;

/** Of one identity. Each TLS key has session-signing keys of its own, so that a renewed certificate has new ones. */
export class SessionSigners {
  readonly #certify: Certify;
  readonly #now: () => number;
  /** By instance; a process has one, or none as a client. They go with their TLS key. */
  #made = new WeakMap<SigningKey, Map<string, Made>>();

  constructor(certify: Certify, now: () => number) {
    this.#certify = certify;
    this.#now = now;
  }

  /**
   * The evidence of this TLS key's session-signing key, and its signature for a connection. `binding`: what stands for the connection.
   *
   * @throws {AttesterError}
   */
  async sign(key: SigningKey, binding: Uint8Array, instance: Uint8Array | undefined): Promise<Signed> {
    const { privateKey, certificate } = await this.#signerOf(key, instance);
    return { certificate, signature: new Uint8Array(sign(null, sessionStatement(binding), privateKey)) };
  }

  /** Forgets all keys. */
  clear(): void {
    this.#made = new WeakMap();
  }

  #signerOf(key: SigningKey, instance: Uint8Array | undefined): Promise<Signer> {
    const ofKey = this.#made.get(key) ?? new Map<string, Made>();
    this.#made.set(key, ofKey);
    const name = instance === undefined ? '' : Buffer.from(instance).toString('hex');
    const found = ofKey.get(name);
    const now = this.#now();
    // A clock that was set back leaves evidence of a time that is to come, which nobody accepts.
    if (found !== undefined && now < found.replaceAt && now >= found.madeAt - SKEW_MS) return found.signer;
    const made = {
      signer: this.#make(key, instance, now),
      madeAt: now,
      replaceAt: now + limits.sessionSigning.value * 1000,
    };
    ofKey.set(name, made);
    // Whoever asks next asks the machine again.
    made.signer.catch(() => ofKey.get(name) === made && ofKey.delete(name));
    return made.signer;
  }

  async #make(key: SigningKey, instance: Uint8Array | undefined, now: number): Promise<Signer> {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const { x = '' } = publicKey.export({ format: 'jwk' });
    const claim = sessionSigningClaim({
      publicKey: new Uint8Array(Buffer.from(x, 'base64url')),
      // As long again as it takes to replace it: an answer may take a while to arrive.
      until: now + 2 * limits.sessionSigning.value * 1000,
      ...(instance && { instance }),
    });
    return { privateKey, certificate: await this.#certify(key, claim) };
  }
}
