/** Endorsement keys (TCG EK Credential Profile): a certificate of the manufacturer for a key that only decrypts. */
import type { Context } from '../context.ts';
import { Refusal } from '../refusal.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { RootFacts } from '../x509/roots.ts';
import { parseTpmPublic, type TpmPublic } from './public.ts';
import { checkTpmCertificate, sameKey } from './trust.ts';

/** A genuine endorsement key: only its TPM decrypts what is encrypted for it. */
export interface VerifiedEk extends RootFacts {
  readonly certificate: Certificate;
  readonly ek: TpmPublic;
}

/**
 * Verifies the certificate of an endorsement key, up to a root of `context.roots.tpm`, and that the public area is that key's.
 *
 * @throws {Refusal} those of a chain; `key-binding` for a public area of another key, `policy-key` for one that signs
 */
export async function verifyEk(
  certificate: Uint8Array,
  publicArea: Uint8Array,
  issuers: Uint8Array | undefined,
  context: Context,
): Promise<VerifiedEk> {
  const { leaf, simulated } = await checkTpmCertificate(certificate, issuers, context);
  const ek = parseTpmPublic(publicArea);
  if (!sameKey(leaf.key, ek.key)) throw new Refusal('key-binding', 'The EK certificate is of another key.');
  const { restricted, decrypt, sign, fixedTPM } = ek.flags;
  if (!restricted || !decrypt || sign || !fixedTPM) {
    throw new Refusal(
      'policy-key',
      'The key is not an endorsement key: one only decrypts, restricted, and stays in its TPM.',
    );
  }
  return { certificate: leaf, ek, simulated };
}
