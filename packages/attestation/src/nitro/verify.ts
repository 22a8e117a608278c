/** Verification of AWS Nitro attestation documents: chain to AWS's root, signature, times. No policy. */
import { algorithmOf, verifySign1 } from '../cbor/cose.ts';
import type { Context } from '../context.ts';
import { Refusal } from '../refusal.ts';
import { type Certificate, keyUsage, parseCertificate } from '../x509/certificate.ts';
import { checkLink, checkLinks, checkValidity } from '../x509/chain.ts';
import { checkRoot, chooseAnchors, pinnedRoots, type RootFacts } from '../x509/roots.ts';
import { type NitroDocument, nitroClaims, parseNitroDocument } from './document.ts';

/** Key of aws.nitro-enclaves, root G1, valid to 2049. */
const awsRoots = pinnedRoots('f2caf5ecc6190b4a8399b78bc58a2bbcd0382375db8a1bfd78a82743874fd225');
const ES384 = -35;

/** A genuine Nitro document. */
export interface VerifiedNitro extends RootFacts {
  readonly kind: 'nitro';
  readonly claims: Readonly<Record<string, unknown>>;
  readonly document: NitroDocument;
  readonly debug: boolean;
}

/** A leaf, and the authorities above it, root last. */
interface Chain {
  readonly leaf: Certificate;
  readonly certificates: readonly Certificate[];
}

/** The upper part is the same for hours and is remembered apart from the leaf. */
async function checkChain(document: NitroDocument, context: Context): Promise<Chain> {
  const issuers = await context.cache.remember(context.crypto, 'aws', document.caBundle, async () => {
    const certificates = document.caBundle.map(parseCertificate).reverse();
    await checkLinks(certificates, context, { leaf: false });
    return certificates;
  });
  return context.cache.remember<Chain>(
    context.crypto,
    'aws leaf',
    [document.certificate, ...document.caBundle],
    async () => {
      const leaf = parseCertificate(document.certificate);
      const [issuer] = issuers;
      if (issuer === undefined) throw new Refusal('cert-chain', 'The bundle has no issuer of the leaf.');
      await checkLink({ certificate: leaf, issuer, below: 0 }, context.crypto);
      return { leaf, certificates: [leaf, ...issuers] };
    },
  );
}

function checkLeaf(leaf: Certificate): void {
  if (leaf.basicConstraints?.ca === true)
    throw new Refusal('cert-chain', 'The leaf is a certification authority.');
  if (leaf.keyUsage !== undefined && (leaf.keyUsage & keyUsage.digitalSignature) === 0) {
    throw new Refusal('cert-chain', 'The leaf may not sign documents.');
  }
}

/** Verifies a document (aws-nitro-enclaves-nsm-api, "Attestation process", 3). Throws `Refusal`. */
export async function verifyNitro(bytes: Uint8Array, context: Context): Promise<VerifiedNitro> {
  // 1. COSE_Sign1 with ES384 (3.1), and a document whose fields are as prescribed (2.2, 3.2.2).
  const document = parseNitroDocument(bytes);
  const algorithm = algorithmOf(document.message);
  if (algorithm !== ES384)
    throw new Refusal('unsupported-algorithm', `The document names the algorithm ${algorithm}, not ES384.`);
  // 2. The chain ends in AWS's root, not merely in what the document calls its root (3.2.3). AWS uses no revocation lists.
  const { leaf, certificates } = await checkChain(document, context);
  const anchors = await chooseAnchors(context.roots.aws, awsRoots, context);
  const { simulated } = await checkRoot(certificates, anchors, context.crypto);
  checkValidity(certificates, context.at);
  checkLeaf(leaf);
  // 3. The leaf's key signed it (RFC 9052, 4.4).
  if (!(await verifySign1(document.message, leaf.key, [ES384], context.crypto)))
    throw new Refusal('cose-signature');
  // 4. It was made while the leaf held.
  if (document.timestamp < leaf.notBefore || document.timestamp > leaf.notAfter) {
    throw new Refusal('cert-expired', 'The document was made outside the validity of its certificate.');
  }
  return { kind: 'nitro', claims: nitroClaims(document), document, debug: document.debug, simulated };
}
