/** A service's own key and certificate: made at start, renewed well before the evidence ages out. */
import { ecKey, type SigningKey } from '@gaiwan/attestation-kit';
import {
  type Connection,
  type ConnectionEvidence,
  clientConnectionBinding,
  connectionBinding,
} from '@gaiwan/trust';
import type { Attester } from '../attester/attester.ts';
import { limits } from '../limits.ts';
import {
  emptyReport,
  reportExtension,
  type TeaclaveReport,
  teaclaveCertificate,
} from '../teaclave/certificate.ts';
import { type AttestedCertificate, attestedCertificate, certificateWith, SKEW_MS } from './certificate.ts';
import { SessionSigners } from './session-signers.ts';

/** Who attests, and what is to be said. */
export interface IdentitySettings {
  readonly attester: Attester;
  /** SHA-256 of the program's configuration, hexadecimal: evidence vouches for it, on machines without a register for it, too. */
  readonly configuration?: string;
  readonly hosts?: readonly string[];
  /** Seconds that a certificate and its evidence hold. Default: 3600. It is renewed after half of them. */
  readonly lifetime?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** What an attestation service says of a key (X ‖ Y, 64 bytes), where Teaclave's clients are served. */
  readonly teaclave?: (point: Uint8Array) => Promise<TeaclaveReport>;
  /** Certificates of Teaclave's form, without any other evidence: only its clients can judge them. Needs `teaclave`. */
  readonly legacy?: boolean;
  /** Gets what stands in the way of a renewal; the old certificate stays until it expires. */
  readonly report?: (error: unknown) => void;
}

/** What makes evidence fresh: one of two claims that never stand for each other. */
export type FreshClaim = { readonly nonce: Uint8Array } | { readonly connection: Uint8Array };

/** Our own end of a connection: a server's, which names its instance and was given a nonce, or a client's. */
export type OwnEnd = Connection | Pick<Connection, 'exporter' | 'sessionKey'>;

/** What we say about a connection: `ConnectionEvidence` of `@gaiwan/trust`, without the instance. */
export type OwnEvidence = Omit<ConnectionEvidence, 'instance'>;

/** X ‖ Y of a P-256 key: the end of its SubjectPublicKeyInfo. */
const pointOf = ({ spki }: SigningKey): Uint8Array => spki.subarray(-64);

/**
 * A key and a certificate with evidence for it, renewed in time.
 *
 * @example
 * ```ts
 * const identity = await AttestedIdentity.create({ attester: machine.attester, configuration: machine.configuration });
 * const server = createServer(serverOptions(identity), handler);
 * followRenewals(server, identity);
 * ```
 */
export class AttestedIdentity {
  readonly #settings: IdentitySettings;
  readonly #lifetime: number;
  readonly #listeners = new Set<(current: AttestedCertificate) => void>();
  /** Newest first: connections that were made with them may still ask for evidence. */
  readonly #keys: SigningKey[] = [];
  readonly #signers: SessionSigners;
  #current!: AttestedCertificate;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #retrySoon = false;
  /** Of the current certificate: milliseconds since 1970. */
  #madeAt = 0;
  #refreshing: Promise<void> | undefined;
  /** On the clock of `performance.now()`: no call for a renewal before, after one that failed. */
  #notBefore = 0;

  private constructor(settings: IdentitySettings) {
    this.#settings = settings;
    this.#lifetime = settings.lifetime ?? limits.certificateLifetime.value;
    const certify = async (key: SigningKey, sessionSigningKey: Uint8Array) =>
      (await this.#issue(key, { sessionSigningKey })).der;
    this.#signers = new SessionSigners(certify, () => this.#now());
  }

  /**
   * Makes the first key and certificate.
   *
   * @throws {AttesterError}
   */
  static async create(settings: IdentitySettings): Promise<AttestedIdentity> {
    const identity = new AttestedIdentity(settings);
    await identity.renew();
    return identity;
  }

  get current(): AttestedCertificate {
    return this.#current;
  }

  get simulated(): boolean {
    return this.#settings.attester.kind === 'simulation';
  }

  /** Called after each renewal; returns what ends that. */
  onRenewal(listener: (current: AttestedCertificate) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * A new key, new evidence, a new certificate, now. The old ones stay if this rejects.
   *
   * @throws {AttesterError}
   */
  async renew(): Promise<void> {
    const key = await ecKey('P-256');
    this.#retrySoon = false;
    const madeAt = this.#now();
    this.#current = this.#settings.legacy ? await this.#issueLegacy(key) : await this.#issue(key);
    this.#madeAt = madeAt;
    this.#keys.unshift(key);
    this.#keys.length = Math.min(this.#keys.length, limits.keysKept.value);
    this.#schedule(this.#retrySoon ? limits.renewalRetry.value : (this.#lifetime * 1000) / 2);
    for (const listener of this.#listeners) listener(this.#current);
  }

  /**
   * Renews it where the time of day asks for it: the timer of renewals does not see a machine that was suspended, or a clock that was
   * set. For whoever is about to show the certificate. Does not reject: the old certificate stays where there is no new one.
   */
  async refresh(): Promise<void> {
    if (!this.isStale) return;
    this.#refreshing ??= this.renew()
      .catch((error: unknown) => {
        this.#notBefore = performance.now() + limits.renewalRetry.value;
        this.#settings.report?.(error);
      })
      .finally(() => {
        this.#refreshing = undefined;
      });
    await this.#refreshing;
  }

  /** Is it older than it should be when it is shown, or of a time that is to come? */
  get isStale(): boolean {
    const age = this.#now() - this.#madeAt;
    const isFresh = age <= (this.#lifetime * 1000) / 2 && age >= -SKEW_MS;
    return !isFresh && !this.#closed && performance.now() >= this.#notBefore;
  }

  #now(): number {
    const { now = Date.now } = this.#settings;
    return now();
  }

  /**
   * A certificate with fresh evidence for the key that a connection was made with, and a nonce of the other side's or what binds it to
   * that very connection (`connectionBinding` of `@gaiwan/trust`, of our end of it). Undefined for a key that is not, or no longer, ours.
   */
  async certificateFor(spki: Uint8Array, fresh: FreshClaim): Promise<Uint8Array | undefined> {
    const key = this.#keyOf(spki);
    return key && (await this.#issue(key, fresh)).der;
  }

  /**
   * What convinces the other side that we ourselves are at our end of a connection: evidence about it, or where that takes long to make
   * (`Attester.slow`) a signature for it, by a key that evidence names. Undefined for a key that is not, or no longer, ours.
   *
   * @throws {AttesterError}
   */
  async connectionEvidence(end: OwnEnd): Promise<OwnEvidence | undefined> {
    const key = this.#keyOf(end.sessionKey);
    if (key === undefined) return undefined;
    const server = 'nonce' in end ? end : undefined;
    const connection = server ? connectionBinding(server) : clientConnectionBinding(end);
    if (this.#settings.attester.slow) return this.#signers.sign(key, connection, server?.instance);
    return { certificate: (await this.#issue(key, { connection })).der };
  }

  close(): void {
    this.#closed = true;
    this.#signers.clear();
    clearTimeout(this.#timer);
    this.#listeners.clear();
  }

  #keyOf(spki: Uint8Array): SigningKey | undefined {
    return this.#keys.find((known) => Buffer.compare(known.spki, spki) === 0);
  }

  async #issue(
    key: SigningKey,
    fresh?: FreshClaim | { readonly sessionSigningKey: Uint8Array },
  ): Promise<AttestedCertificate> {
    const { attester, configuration, hosts, teaclave } = this.#settings;
    return attestedCertificate({
      attester,
      key,
      now: this.#now(),
      lifetime: this.#lifetime,
      ...(configuration !== undefined && { configuration }),
      ...(hosts && { hosts }),
      ...fresh,
      ...(teaclave && !fresh && (await this.#reportFor(key, teaclave))),
    });
  }

  /**
   * The first certificate must have a report. Later, while its service is away, only Teaclave's clients have to wait: the others must
   * not be locked out when the old certificate ends.
   */
  async #reportFor(
    key: SigningKey,
    teaclave: NonNullable<IdentitySettings['teaclave']>,
  ): Promise<{ teaclave?: Uint8Array }> {
    try {
      return { teaclave: reportExtension(await teaclave(pointOf(key))) };
    } catch (error) {
      if (this.#keys.length === 0) throw error;
      this.#settings.report?.(error);
      this.#retrySoon = true;
      return {};
    }
  }

  async #issueLegacy(key: SigningKey): Promise<AttestedCertificate> {
    const { teaclave = () => Promise.resolve(emptyReport) } = this.#settings;
    const at = this.#now();
    const extension = reportExtension(await teaclave(pointOf(key)));
    const der = await teaclaveCertificate({ key, extension, now: at, simulated: this.simulated });
    return certificateWith(key, der, at + this.#lifetime * 1000);
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      this.renew().catch((error: unknown) => {
        this.#settings.report?.(error);
        this.#schedule(limits.renewalRetry.value);
      });
    }, ms);
    this.#timer.unref();
  }
}
