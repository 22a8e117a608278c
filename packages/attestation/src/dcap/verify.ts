/** Verification of SGX and TDX quotes, in the order of Intel's quote verification library. No policy. */

import { concat, toHex } from '../bytes.ts';
import type { Context } from '../context.ts';
import type { PublicKey } from '../crypto/crypto.ts';
import { told } from '../json/told.ts';
import { type Reason, Refusal } from '../refusal.ts';
import { type Certificate, commonName } from '../x509/certificate.ts';
import { checkLinks, checkValidity, leafFirst, orderChain, parseCertificates } from '../x509/chain.ts';
import { type Crl, checkCrlSignature, checkCrlTime, checkNotRevoked, parseCrl } from '../x509/crl.ts';
import { checkRoot, chooseAnchors, pinnedRoots, type RootFacts, type TrustAnchor } from '../x509/roots.ts';
import {
  type Issued,
  parseQeIdentity,
  parseSignedJson,
  parseTcbInfo,
  type QeIdentity,
  type TcbInfo,
} from './collateral.ts';
import { type Pck, parsePck, SGX_EXTENSION } from './pck.ts';
import { parseQuote, type Quote, quoteClaims } from './quote.ts';
import { evaluateTcb, type TcbEvaluation } from './tcb.ts';

/** Intel's SGX Root CA; its two certificates (to 2033 and to 2049) carry this one key. */
const intelRoots = pinnedRoots('a0af031289f5d5d4132f9186068a7fc13628633ba235777472e29b6b6c67a49e');

/** What Intel's PCS or a PCCS serves, as it was served. */
export interface DcapEndorsements {
  /** JSON with "tcbInfo" and "signature". */
  readonly tcbInfo?: Uint8Array;
  /** JSON with "enclaveIdentity" and "signature". */
  readonly qeIdentity?: Uint8Array;
  /** PEM or DER: the TCB signer, then the root. */
  readonly tcbSigningChain?: Uint8Array;
  /** Where QE Identity came with another chain than TCB Info. */
  readonly qeIdentitySigningChain?: Uint8Array;
  /** DER or PEM. */
  readonly pckCrl?: Uint8Array;
  readonly rootCrl?: Uint8Array;
  /** PCK leaf, PCK CA, root: for quotes that do not carry them. */
  readonly pckChain?: Uint8Array;
}

interface VerifiedQuote extends RootFacts {
  /** What the quote says; genuine from here on. */
  readonly claims: Readonly<Record<string, unknown>>;
  readonly quote: Quote;
  readonly pck: Pck;
}

/** A genuine quote, with the state of its platform: data for a policy, not a verdict. */
export interface VerifiedDcap extends VerifiedQuote {
  readonly kind: 'sgx' | 'tdx';
  readonly tcb: TcbEvaluation;
}

/** Genuine by its signatures, with revocation and TCB unknown: no basis for trust. Nothing appraises it. */
export interface QuoteSignatures extends VerifiedQuote {
  readonly kind: 'quote-signatures';
}

const pckExtensions = new Set([SGX_EXTENSION]);

/** A chain of Intel's, leaf first. */
interface Chain {
  readonly certificates: readonly Certificate[];
  readonly leaf: Certificate;
  /** Of the leaf: the PCK CA, or the root. */
  readonly issuer: Certificate;
  readonly root: Certificate;
}

/**
 * Parses and orders a chain and checks everything in it that neither time nor roots decide (RFC 5280, 6.1; Intel's "SGX PCK
 * Certificate and CRL Profile Specification").
 */
async function checkChain(bytes: Uint8Array, length: 2 | 3, context: Context): Promise<Chain> {
  return context.cache.remember<Chain>(context.crypto, `chain${length}`, [bytes], async () => {
    const [first, ...others] = leafFirst(parseCertificates(bytes));
    if (first === undefined)
      throw new Refusal('cert-chain', 'There is no certificate where a chain should be.');
    const certificates = orderChain(first, others);
    const [leaf, issuer] = certificates;
    const root = certificates.at(-1);
    if (certificates.length !== length || leaf === undefined || issuer === undefined || root === undefined) {
      throw new Refusal(
        'cert-chain',
        `A chain of ${certificates.length} certificates where Intel has ${length}.`,
      );
    }
    await checkLinks(certificates, context, { known: pckExtensions });
    return { certificates, leaf, issuer, root };
  });
}

/** The root is trusted, and every certificate holds now. */
async function checkTrust(
  { certificates }: Chain,
  anchors: readonly TrustAnchor[],
  context: Context,
): Promise<RootFacts> {
  const facts = await checkRoot(certificates, anchors, context.crypto);
  checkValidity(certificates, context.at);
  return facts;
}

const p256 = (xy: Uint8Array): PublicKey => ({
  type: 'ec',
  curve: 'P-256',
  point: concat(Uint8Array.of(4), xy),
});
const ecdsa = { name: 'ecdsa', hash: 'sha256' } as const;

async function pckChain(quote: Quote, given: Uint8Array | undefined, context: Context): Promise<Chain> {
  const inside = quote.certificationType === 5;
  const bytes = inside ? quote.certificationData : given;
  if (bytes === undefined) throw new Refusal('pck-certificate-needed');
  return checkChain(bytes, 3, context);
}

/** The chain of trust inside a quote: PCK key, QE report, attestation key, body. */
async function checkQuoteSignatures(quote: Quote, pckKey: PublicKey, context: Context): Promise<void> {
  const { crypto } = context;
  if (!(await crypto.verify(pckKey, ecdsa, quote.qeReportSignature, quote.qeReport))) {
    throw new Refusal('qe-report-signature');
  }
  await checkAttestationKey(quote, context);
}

/** The part that needs no certificate: the QE's report names the attestation key, which signed the body. */
export async function checkAttestationKey(quote: Quote, context: Context): Promise<void> {
  const { crypto } = context;
  const vouched = await crypto.digest('sha256', concat(quote.attestationKey, quote.qeAuthData));
  // The first half of the field is all that Intel defines for it; the QE alone decides about the rest.
  if (quote.qe.reportData.slice(0, 64) !== toHex(vouched)) throw new Refusal('qe-report-binding');
  if (!(await crypto.verify(p256(quote.attestationKey), ecdsa, quote.signature, quote.signed))) {
    throw new Refusal('quote-signature');
  }
}

async function crlOf(
  bytes: Uint8Array | undefined,
  what: string,
  issuer: Certificate,
  context: Context,
): Promise<Crl> {
  if (bytes === undefined || bytes.length === 0)
    throw new Refusal('crl-missing', `The revocation list of the ${what} was not given.`);
  const crl = await context.cache.remember(context.crypto, 'crl', [bytes, issuer.der], async () => {
    const parsed = parseCrl(bytes);
    await checkCrlSignature(parsed, issuer, context.crypto);
    return parsed;
  });
  checkCrlTime(crl, context.at);
  return crl;
}

interface Collateral<T> {
  readonly name: 'tcbInfo' | 'enclaveIdentity';
  readonly what: string;
  readonly parse: (json: Readonly<Record<string, unknown>>) => T;
  readonly signature: Reason;
  readonly expired: Reason;
}

const tcbInfoKind: Collateral<TcbInfo> = {
  name: 'tcbInfo',
  what: 'TCB Info',
  parse: parseTcbInfo,
  signature: 'tcb-info-signature',
  expired: 'tcb-info-expired',
};
const qeIdentityKind: Collateral<QeIdentity> = {
  name: 'enclaveIdentity',
  what: 'QE Identity',
  parse: parseQeIdentity,
  signature: 'qe-identity-signature',
  expired: 'qe-identity-expired',
};

function checkIssued(issued: Issued, kind: Collateral<unknown>, at: number): void {
  if (at < issued.issueDate) {
    const begin = new Date(issued.issueDate).toISOString();
    throw new Refusal(
      'collateral-not-yet-valid',
      `The ${kind.what} was issued ${begin}, after the time of verification.`,
    );
  }
  if (at >= issued.nextUpdate) {
    throw new Refusal(
      kind.expired,
      `The ${kind.what} held until ${new Date(issued.nextUpdate).toISOString()}.`,
    );
  }
}

/** Collateral as it was served, with what it is judged by. */
interface ServedCollateral {
  readonly bytes: Uint8Array | undefined;
  /** The TCB signer, then the root. */
  readonly chain: Uint8Array | undefined;
  readonly rootCrl: Uint8Array | undefined;
  readonly anchors: readonly TrustAnchor[];
}

/** Collateral whose signer, signature and dates are good (PCS API v4, "Get TCB Info", "Get Quoting Enclave Identity"). */
async function verifyCollateral<T extends Issued>(
  kind: Collateral<T>,
  { bytes, chain: chainBytes, rootCrl, anchors }: ServedCollateral,
  context: Context,
): Promise<T> {
  if (bytes === undefined || chainBytes === undefined) {
    throw new Refusal('missing-collateral', `The ${kind.what} or its signing chain was not given.`);
  }
  const chain = await checkChain(chainBytes, 2, context);
  await checkTrust(chain, anchors, context);
  const { leaf: signer, root } = chain;
  const name = commonName(signer.subject);
  // Whoever extracted a PCK key has a certificate under this root, too: only the TCB signer may sign.
  if (name !== 'Intel SGX TCB Signing') {
    throw new Refusal('tcb-signer', `The ${kind.what} is signed by "${name}", which is not for that.`);
  }
  checkNotRevoked(signer, await crlOf(rootCrl, 'root', root, context));
  const value = await context.cache.remember(context.crypto, kind.name, [bytes, signer.spki], async () => {
    const json = parseSignedJson(bytes, kind.name);
    if (!(await context.crypto.verify(signer.key, ecdsa, json.signature, json.signed))) {
      throw new Refusal(kind.signature);
    }
    return kind.parse(json.value);
  });
  checkIssued(value, kind, context.at);
  return value;
}

/** "PCK Certificate and CRL Profile", CRLs: the root's list for the PCK CA, the PCK CA's list for the leaf. */
async function checkPckRevocation(
  { leaf, issuer, root }: Chain,
  endorsements: DcapEndorsements,
  context: Context,
): Promise<void> {
  checkNotRevoked(issuer, await crlOf(endorsements.rootCrl, 'root', root, context));
  checkNotRevoked(leaf, await crlOf(endorsements.pckCrl, 'PCK CA', issuer, context));
}

/** TCB Info is for one kind of platform, QE Identity for one kind of quoting enclave. */
function checkFit(quote: Quote, pck: Pck, info: TcbInfo, identity: QeIdentity): void {
  if (info.tee !== quote.tee)
    throw new Refusal('tcb-info-mismatch', `TCB Info for ${info.tee}, a quote of ${quote.tee}.`);
  if (info.fmspc !== pck.fmspc) {
    throw new Refusal(
      'tcb-info-mismatch',
      `TCB Info of FMSPC ${info.fmspc}, a platform of FMSPC ${pck.fmspc}.`,
    );
  }
  if (info.pceId !== pck.pceId) {
    throw new Refusal('tcb-info-mismatch', `TCB Info of PCE ${info.pceId}, a platform of PCE ${pck.pceId}.`);
  }
  const id = quote.tee === 'sgx' ? 'QE' : 'TD_QE';
  if (identity.id !== id)
    throw new Refusal('qe-identity-mismatch', `QE Identity of ${told(identity.id)}, not of "${id}".`);
}

async function verifySignatures(
  bytes: Uint8Array,
  endorsements: DcapEndorsements,
  anchors: readonly TrustAnchor[],
  context: Context,
): Promise<VerifiedQuote & { chain: Chain }> {
  // 1. The quote has the form that its version prescribes (quoting library, appendix A).
  const quote = parseQuote(bytes);
  // 2. The key of the platform is certified up to a trusted root.
  const chain = await pckChain(quote, endorsements.pckChain, context);
  const { simulated } = await checkTrust(chain, anchors, context);
  const pck = parsePck(chain.leaf);
  // 3. to 5. It signed the QE's report, which names the attestation key, which signed the body.
  await checkQuoteSignatures(quote, chain.leaf.key, context);
  return { quote, pck, chain, simulated, claims: { ...quoteClaims(quote), pck } };
}

/**
 * Verifies a quote with all of its endorsements: the steps and their order are those of Intel's quote verification library
 * (`tee_verify_quote`), whose reading of the TCB algorithm is the normative one. Throws `Refusal`.
 */
export async function verifyDcap(
  bytes: Uint8Array,
  endorsements: DcapEndorsements,
  context: Context,
): Promise<VerifiedDcap> {
  const anchors = await chooseAnchors(context.roots.intel, intelRoots, context);
  const { quote, pck, chain, claims, simulated } = await verifySignatures(
    bytes,
    endorsements,
    anchors,
    context,
  );
  // 6. TCB Info and QE Identity are signed by the TCB signer, and current.
  const { rootCrl, tcbInfo, qeIdentity, tcbSigningChain } = endorsements;
  const { qeIdentitySigningChain = tcbSigningChain } = endorsements;
  const info = await verifyCollateral(
    tcbInfoKind,
    { bytes: tcbInfo, chain: tcbSigningChain, rootCrl, anchors },
    context,
  );
  const identity = await verifyCollateral(
    qeIdentityKind,
    { bytes: qeIdentity, chain: qeIdentitySigningChain, rootCrl, anchors },
    context,
  );
  // 7. Nothing in the platform's chain is revoked.
  await checkPckRevocation(chain, endorsements, context);
  // 8. They are for this kind of platform and of quoting enclave; their levels say how current it is.
  checkFit(quote, pck, info, identity);
  const tcb = evaluateTcb(quote, pck, info, identity);
  return { kind: quote.tee, quote, pck, claims, tcb, simulated };
}

/** Verifies signatures and chain only. Throws `Refusal`. */
export async function verifyDcapSignatures(
  bytes: Uint8Array,
  endorsements: DcapEndorsements,
  context: Context,
): Promise<QuoteSignatures> {
  const anchors = await chooseAnchors(context.roots.intel, intelRoots, context);
  const { quote, pck, claims, simulated } = await verifySignatures(bytes, endorsements, anchors, context);
  return { kind: 'quote-signatures', quote, pck, claims, simulated };
}
