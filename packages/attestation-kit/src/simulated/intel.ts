/** A machine of Intel's shape: a PKI under a root of its own, lists, TCB Info, QE Identity, and quotes of any content. */
import type { DcapEndorsements } from '@gaiwan/attestation';
import type { SigningKey } from '../issue/keys.ts';
import { pem } from '../issue/x509.ts';
import { FAKE_FROM, FAKE_TO, type FakeCertificate, makeCrl } from './certificates.ts';
import { type Json, qeIdentityOf, signCollateral, tcbInfoOf, type Validity } from './collateral.ts';
import {
  FMSPC,
  type IntelKeys,
  type IntelOptions,
  type IntelPki,
  intelKeys,
  issueIntelPki,
  PCE_ID,
} from './pki.ts';
import { makeQuote, type QuoteOptions } from './quote-bytes.ts';

/** Endorsements of a machine of Intel's shape: all that verification of its quotes needs. */
export type IntelEndorsements = Required<Omit<DcapEndorsements, 'pckChain' | 'qeIdentitySigningChain'>>;

/** Everything it signs is genuine under its `root`, and under no other. `fakeIntel` makes one. */
export class FakeIntel {
  readonly keys: IntelKeys;
  readonly root: FakeCertificate;
  readonly pckCa: FakeCertificate;
  readonly pck: FakeCertificate;
  readonly tcbSigner: FakeCertificate;
  readonly #platform: { readonly fmspc: string; readonly pceId: string; readonly validity: Validity };

  constructor(options: IntelOptions, keys: IntelKeys, { root, pckCa, pck, tcbSigner }: IntelPki) {
    const { fmspc = FMSPC, pceId = PCE_ID, from = FAKE_FROM, to = FAKE_TO } = options;
    this.keys = keys;
    this.root = root;
    this.pckCa = pckCa;
    this.pck = pck;
    this.tcbSigner = tcbSigner;
    this.#platform = { fmspc, pceId, validity: { from, to } };
  }

  /** Signs quotes. */
  get attestationKey(): SigningKey {
    return this.keys.attestation;
  }

  /** TCB Info as it is served; `changes` replace members. */
  tcbInfo(
    tee: 'sgx' | 'tdx',
    changes: Json = {},
    signer: SigningKey = this.keys.tcbSigner,
  ): Promise<Uint8Array> {
    return signCollateral('tcbInfo', { ...tcbInfoOf(tee, this.#platform), ...changes }, signer);
  }

  /** QE Identity as it is served; `changes` replace members. */
  qeIdentity(
    tee: 'sgx' | 'tdx',
    changes: Json = {},
    signer: SigningKey = this.keys.tcbSigner,
  ): Promise<Uint8Array> {
    const identity = qeIdentityOf(tee, this.#platform.validity);
    return signCollateral('enclaveIdentity', { ...identity, ...changes }, signer);
  }

  /** All endorsements for quotes of this machine. */
  async endorsements(tee: 'sgx' | 'tdx'): Promise<IntelEndorsements> {
    const { validity } = this.#platform;
    return {
      tcbInfo: await this.tcbInfo(tee),
      qeIdentity: await this.qeIdentity(tee),
      tcbSigningChain: pem(this.tcbSigner.der, this.root.der),
      pckCrl: await makeCrl({ issuer: this.pckCa, ...validity }),
      rootCrl: await makeCrl({ issuer: this.root, ...validity }),
    };
  }

  /** A quote of any content; without any, of a trust domain. */
  quote(options: QuoteOptions = {}): Promise<Uint8Array> {
    const { attestation, pck } = this.keys;
    const chain = pem(this.pck.der, this.pckCa.der, this.root.der);
    return makeQuote(options, { attestation, pck, chain });
  }
}

/**
 * Makes a machine.
 *
 * @example
 * const intel = await fakeIntel();
 * const quote = await intel.quote({ mrTd: 'ab'.repeat(48), reportData: 'cd'.repeat(64) });
 * await verify({ kind: 'dcap', quote }, await intel.endorsements('tdx'), {
 *   at: FAKE_NOW,
 *   roots: { intel: [intel.root.der] },
 * });
 */
export async function fakeIntel(options: IntelOptions = {}): Promise<FakeIntel> {
  const keys = await intelKeys(options.keys);
  return new FakeIntel(options, keys, await issueIntelPki(options, keys));
}
