/** Verification of SEV-SNP reports: chain to AMD's root, the key's chip and firmware, the signature. No policy. */
import { concat, isZero, toHex } from '../bytes.ts';
import type { Context } from '../context.ts';
import { Refusal } from '../refusal.ts';
import { type Certificate, commonName } from '../x509/certificate.ts';
import { checkLinks, checkValidity, leafFirst, orderChain, parseCertificates } from '../x509/chain.ts';
import { checkCrlSignature, checkCrlTime, checkNotRevoked, parseCrl } from '../x509/crl.ts';
import { checkRoot, chooseAnchors, pinnedRoots, type RootFacts } from '../x509/roots.ts';
import { type EndorsementKeyCertificate, parseEndorsementKey } from './certificate.ts';
import { decodeTcb, isTcbAtLeast, type Product, type TcbParts, tcbPartNames } from './product.ts';
import {
  parseSnpReport,
  policyBits,
  reportProduct,
  reservedPolicyBit,
  type SnpReport,
  snpClaims,
} from './report.ts';
import { parseCertificateTable } from './table.ts';

/** AMD root keys. KDS makes new certificates for them, so it is the key that is pinned. */
const arks = {
  Milan: pinnedRoots('9f056bee44377e29308cb5ffa895bdfb62d18881fa6bed8d6f075b0204089cb9'),
  Genoa: pinnedRoots('429a69c9422aa258ee4d8db5fcda9c6470ef15f8cd5a9cebd6cbc7d90b863831'),
  Turin: pinnedRoots('4f125410563a2ab9a50356f9243f6fe0b6f73de98603f53f90339c70e9d7ad08'),
} as const satisfies Record<Product, unknown>;

/** What AMD's KDS serves, or the host handed to the guest. DER or PEM. */
export interface SnpEndorsements {
  /** VCEK or VLEK. */
  readonly endorsementKey?: Uint8Array;
  /** ASK or ASVK, and ARK. */
  readonly caChain?: Uint8Array;
  /** Certificate table (configfs-tsm: auxblob), where the other two are not given. */
  readonly certificateTable?: Uint8Array;
  /** The product's list, signed by the ARK. */
  readonly amdCrl?: Uint8Array;
}

/** A genuine SNP report. */
export interface VerifiedSnp extends RootFacts {
  readonly kind: 'snp';
  readonly claims: Readonly<Record<string, unknown>>;
  readonly report: SnpReport;
  readonly certificate: EndorsementKeyCertificate;
  readonly product: Product;
  readonly reportedTcb: TcbParts;
  readonly debug: boolean;
  readonly migrationAllowed: boolean;
  /** Whether a revocation list was given, and so checked. */
  readonly revocationChecked: boolean;
  /** Whether reported <= committed <= current holds in every part, as firmware that was not rolled back shows it. */
  readonly tcbOrdered: boolean;
}

interface AmdChain {
  readonly certificates: readonly [Certificate, Certificate, Certificate];
  readonly key: EndorsementKeyCertificate;
}

function certificatesOf(endorsements: SnpEndorsements): readonly [leaf: Uint8Array, above: Uint8Array] {
  const table = endorsements.certificateTable && parseCertificateTable(endorsements.certificateTable);
  const leaf = endorsements.endorsementKey ?? table?.vcek ?? table?.vlek;
  if (leaf === undefined)
    throw new Refusal('missing-collateral', 'The VCEK or VLEK certificate was not given.');
  // They may also stand beside the leaf, in its file.
  const above = endorsements.caChain ?? (table?.ask && table.ark && concat(table.ask, table.ark));
  return [leaf, above ?? new Uint8Array()];
}

async function checkChain(endorsements: SnpEndorsements, context: Context): Promise<AmdChain> {
  const [leafBytes, aboveBytes] = certificatesOf(endorsements);
  return context.cache.remember<AmdChain>(context.crypto, 'amd', [leafBytes, aboveBytes], async () => {
    const [leaf, ...besideIt] = leafFirst(parseCertificates(leafBytes));
    if (leaf === undefined)
      throw new Refusal('cert-chain', 'There is no certificate of the endorsement key.');
    if (aboveBytes.length === 0 && besideIt.length === 0)
      throw new Refusal('missing-collateral', "AMD's CA certificates (ASK or ASVK, ARK) were not given.");
    const certificates = orderChain(leaf, [...parseCertificates(aboveBytes), ...besideIt]);
    const [, ask, ark] = certificates;
    if (ask === undefined || ark === undefined || certificates.length !== 3) {
      throw new Refusal(
        'cert-chain',
        `"${commonName(leaf.subject)}" was issued by "${commonName(leaf.issuer)}"; the given CA certificates do not lead to a root.`,
      );
    }
    await checkLinks(certificates, context);
    return { certificates: [leaf, ask, ark], key: parseEndorsementKey(leaf) };
  });
}

/** The names say which product and which kind of key a CA is for; the roots are pinned per product. */
async function checkTrust({ certificates, key }: AmdChain, context: Context): Promise<RootFacts> {
  const [, ask, ark] = certificates;
  const { product, kind } = key;
  const wanted = kind === 'VCEK' ? `SEV-${product}` : `SEV-VLEK-${product}`;
  if (commonName(ask.subject) !== wanted || commonName(ark.subject) !== `ARK-${product}`) {
    throw new Refusal(
      'cert-chain',
      `A ${kind} for ${product} under "${commonName(ask.subject)}", "${commonName(ark.subject)}".`,
    );
  }
  const anchors = await chooseAnchors(context.roots.amd, arks[product], context);
  return checkRoot(certificates, anchors, context.crypto);
}

async function checkRevocation(
  { certificates }: AmdChain,
  bytes: Uint8Array | undefined,
  context: Context,
): Promise<boolean> {
  if (bytes === undefined) return false;
  const [, ask, ark] = certificates;
  const crl = await context.cache.remember(context.crypto, 'crl', [bytes, ark.der], async () => {
    const parsed = parseCrl(bytes);
    await checkCrlSignature(parsed, ark, context.crypto);
    return parsed;
  });
  checkCrlTime(crl, context.at);
  checkNotRevoked(ask, crl);
  return true;
}

/** The certificate must be of the chip that made the report, and of the firmware that the report declares. */
function checkKey(report: SnpReport, key: EndorsementKeyCertificate): void {
  const mismatch = (what: string) => new Refusal('vcek-mismatch', what);
  if (key.kind !== report.signingKey)
    throw mismatch(`The report was signed with a ${report.signingKey}, the certificate is of a ${key.kind}.`);
  const product = reportProduct(report);
  if (report.cpuid !== null && product !== key.product) {
    throw mismatch(`The report is of ${product ?? 'an unknown product'}, the certificate of ${key.product}.`);
  }
  const reported = decodeTcb(report.reportedTcb, key.product);
  for (const part of tcbPartNames) {
    if (reported[part] !== key.tcb[part])
      throw mismatch(
        `The report declares ${part} ${reported[part]}, the certificate is of ${key.tcb[part]}.`,
      );
  }
  if (key.hwId === undefined || (report.maskChipKey && isZero(report.chipId))) return;
  const size = key.hwId.length / 2;
  if (toHex(report.chipId.subarray(0, size)) !== key.hwId || !isZero(report.chipId.subarray(size))) {
    throw mismatch('The report is of another chip than the certificate.');
  }
}

/** Verifies a report of 1184 bytes (AMD 56860, 7.3; AMD 57230 for the certificates). Throws `Refusal`. */
export async function verifySnp(
  bytes: Uint8Array,
  endorsements: SnpEndorsements,
  context: Context,
): Promise<VerifiedSnp> {
  // 1. The report has the form of its version (56860, ATTESTATION_REPORT).
  const report = parseSnpReport(bytes);
  // 2. ARK, ASK or ASVK, and the key of the chip or of the cloud, for one product (57230).
  const chain = await checkChain(endorsements, context);
  const { simulated } = await checkTrust(chain, context);
  // 3. AMD's list, where it was given; whether it must be is for a policy.
  const revocationChecked = await checkRevocation(chain, endorsements.amdCrl, context);
  // 4. The key signed bytes 0 to 0x29f (56860, table of ATTESTATION_REPORT, SIGNATURE).
  const { key } = chain;
  const scheme = { name: 'ecdsa', hash: 'sha384' } as const;
  const signer = chain.certificates[0].key;
  const { signature } = report;
  if (signature === undefined || !(await context.crypto.verify(signer, scheme, signature, report.signed))) {
    throw new Refusal('report-signature');
  }
  // 5. It is the key of this chip with the firmware that the report declares: REPORTED_TCB, not CURRENT_TCB (57230, VCEK).
  checkKey(report, key);
  checkValidity(chain.certificates, context.at);
  // 6. What every guest's policy has (56860, chapter 4).
  if (!reservedPolicyBit(report.policy))
    throw new Refusal('malformed', 'Bit 17 of the policy is one in every guest.');
  const decode = (tcb: Uint8Array): TcbParts => decodeTcb(tcb, key.product);
  const [reportedTcb, committed, current] = [
    decode(report.reportedTcb),
    decode(report.committedTcb),
    decode(report.currentTcb),
  ];
  const { debug, migrateMa } = policyBits(report.policy);
  return {
    kind: 'snp',
    simulated,
    claims: { ...snpClaims(report, key.product), certificate: key.claims },
    report,
    certificate: key,
    product: key.product,
    reportedTcb,
    debug,
    migrationAllowed: migrateMa,
    revocationChecked,
    tcbOrdered: isTcbAtLeast(committed, reportedTcb) && isTcbAtLeast(current, committed),
  };
}
