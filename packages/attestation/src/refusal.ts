/** Why evidence was refused: one list for every format, in the library, on the command line and in the conformance suite. */

/** Each reason, with what it means to somebody who has to act on it. */
export const reasons = {
  'cert-chain': 'A certificate was not issued by the next one in its chain, or may not issue certificates.',
  'cert-expired': 'A certificate is used outside its validity.',
  'cert-revoked': 'A certificate was revoked by its issuer.',
  'claims-binding': 'The claims beside the evidence are not the ones that the evidence vouches for.',
  'collateral-expired': 'An endorsement is past its next update: fetch a current one.',
  'collateral-not-yet-valid': 'An endorsement was issued after the time of verification.',
  'cose-signature': 'The COSE signature does not fit its content or its key.',
  'crl-expired': 'A revocation list is past its next update: fetch a current one.',
  'crl-mismatch': 'A revocation list is of another issuer than the certificate.',
  'crl-missing': 'A revocation list that verification needs was not given.',
  'crl-not-yet-valid': 'A revocation list was issued after the time of verification.',
  'crl-signature': 'A revocation list was not signed by its issuer.',
  'event-data-unverified': 'The data of an event are not what its digest was made of.',
  'eventlog-mismatch': 'The event log does not lead to the values of the registers.',
  'jwt-signature': 'The token was not signed by the given key with an allowed algorithm.',
  'key-binding': 'The evidence was made for another key.',
  malformed: 'The bytes are not what the format prescribes.',
  'missing-claims': 'A mandatory claim is missing.',
  'missing-collateral': 'An endorsement that verification needs was not given.',
  'missing-evidence': 'There is no evidence where it should be.',
  'nonce-mismatch': 'The evidence was made for another nonce: it may be a replay.',
  'not-a-quote': 'The TPM made this structure, or somebody else, but it is not a quote.',
  'pck-certificate-needed':
    'The quote carries no certificate of its key: give the PCK chain as an endorsement.',
  'pck-extension': 'The PCK certificate does not carry the values of the platform.',
  'pcr-digest-mismatch': 'The PCR values are not the quoted ones.',
  'platform-signature': 'The platform token was not signed by the given key.',
  'policy-advisory': 'A security advisory applies that the policy does not accept.',
  'policy-age': 'The evidence is older than the policy accepts.',
  'policy-debug': 'The environment can be debugged: its owner reads everything in it.',
  'policy-identity': 'The chip, the platform or the cloud is not one that the policy accepts.',
  'policy-key': 'Nothing vouches that the key lives in a TPM.',
  'policy-measurement': 'The policy does not accept what was measured.',
  'policy-migration':
    'The environment can be moved to another machine by an agent that the policy does not accept.',
  'policy-platform': 'A property of the platform or of the guest is not as the policy wants it.',
  'policy-report-data': 'The report data are not the expected ones.',
  'policy-revocation': 'The policy wants certificates to be checked for revocation, and no list was given.',
  'policy-signer': 'The policy does not accept the signer of the code.',
  'policy-status': 'The policy does not accept the trustworthiness that the verifier found.',
  'policy-tcb': 'The firmware or microcode is older than the policy accepts, or its status is not accepted.',
  'policy-vmpl': 'The report was made at another privilege level than the policy accepts.',
  'qe-identity-expired': 'The QE Identity is past its next update: fetch a current one.',
  'qe-identity-mismatch': 'The quoting enclave is not the one that the QE Identity describes.',
  'qe-identity-signature': 'The QE Identity was not signed by its signer.',
  'qe-report-binding': 'The quoting enclave did not vouch for this attestation key.',
  'qe-report-signature': 'The report of the quoting enclave was not signed by the key of the platform.',
  'quote-signature': 'The quote was not signed by its attestation key.',
  'realm-binding': 'The realm token belongs to another platform token.',
  'realm-signature': 'The realm token was not signed by its key.',
  'report-signature': 'The report was not signed by the key of the chip.',
  'runtime-data-binding': 'The hardware does not vouch for these runtime claims, or they not for this key.',
  'symmetric-key-needed': 'The token is protected with a symmetric key: only its holder could judge it.',
  'tcb-info-expired': 'The TCB Info is past its next update: fetch a current one.',
  'tcb-info-malformed': 'The TCB Info is not what the format prescribes.',
  'tcb-info-mismatch': 'The TCB Info is of another kind of platform.',
  'tcb-info-signature': 'The TCB Info was not signed by its signer.',
  'tcb-not-supported': 'No TCB level describes this platform: it is older than all that are known.',
  'tcb-signer': 'An endorsement was signed by a certificate that is not for signing endorsements.',
  'tcb-status-unknown': 'A TCB status is not in the list of those that exist.',
  'tdx-module-mismatch': 'The TDX module is not one that the TCB Info describes.',
  'tpm-signature': 'The structure was not signed by the given TPM key.',
  'unsupported-algorithm': 'An algorithm is not one of those allowed for the format.',
  'unsupported-key-type': 'The type of the attestation key is not supported.',
  'unsupported-version': 'The version of the format is not supported.',
  'untrusted-root': 'The chain ends in a root that is not trusted.',
  'vcek-mismatch': 'The certificate is of another chip or another firmware than the report.',
  'weak-hash': 'A hash is used that no longer protects (SHA-1).',
} as const satisfies Record<string, string>;

export type Reason = keyof typeof reasons;

/** The only error that parsers and verifiers throw. `message` says what was found; `reasons[reason]` what it means. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reason: Reason;

  constructor(reason: Reason, message: string = reasons[reason]) {
    super(message);
    this.reason = reason;
  }
}

/** Throws a `Refusal` unless the condition holds. */
export function require(condition: boolean, reason: Reason, message?: string): asserts condition {
  if (!condition) throw new Refusal(reason, message);
}

/** Runs `step`; a `Refusal` "malformed" in it becomes `reason`. */
export function malformedAs<T>(reason: Reason, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof Refusal && error.reason === 'malformed') throw new Refusal(reason, error.message);
    throw error;
  }
}
