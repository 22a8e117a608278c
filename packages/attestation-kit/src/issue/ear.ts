/** Attestation results (draft-ietf-rats-ear) as JWT, issued: what an attestation service hands out. */
import { EAR_PROFILE, type Ear, parseEar } from '@gaiwan/attestation';
import { type Signer, signJwt } from './jwt.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * Issues a result in the names of the present draft; `status` is computed.
 *
 * @param more claims beside those of EAR
 * @throws {Refusal} `missing-claims`, `malformed` for a result that nobody would accept
 */
export async function issueEar(
  ear: Omit<Ear, 'status' | 'profile'>,
  signer: Signer,
  more: Json = {},
): Promise<string> {
  const submods = Object.fromEntries(
    Object.entries(ear.submodules).map(([name, part]) => [
      name,
      {
        ear_status: part.status,
        ...(part.vector && { ear_trustworthiness_vector: part.vector }),
        ...(part.policyIds && { ear_appraisal_policy_ids: part.policyIds }),
        ...(part.nonce && { eat_nonce: part.nonce }),
      },
    ]),
  );
  const claims = {
    ...more,
    eat_profile: EAR_PROFILE,
    iat: ear.issuedAt,
    ear_verifier_id: ear.verifier,
    submods,
    ...(ear.nonce && { eat_nonce: ear.nonce }),
  };
  const { status } = parseEar(claims);
  return signJwt({ ...claims, ear_status: status }, signer);
}
