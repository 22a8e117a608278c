/** Why evidence was refused: one list for every format, in the library, on the command line and in the conformance suite. */
import { CodedError, type RefusalTable, visible } from '@gaiwan/errors';

/** Each reason, with what it means and what somebody who has to act on it can do. */
export const reasons = {
  'cert-chain': {
    meaning: 'A certificate was not issued by the next one in its chain, or may not issue certificates.',
    remedy: 'Give the chain of this machine: leaf, intermediate authorities and root of one vendor.',
  },
  'cert-expired': {
    meaning: 'A certificate is used outside its validity.',
    remedy: 'Fetch current certificates; verify evidence that was kept at the time that it was made.',
  },
  'cert-revoked': {
    meaning: 'A certificate was revoked by its issuer.',
    remedy: 'Do not trust this machine; ask its operator for one whose keys are good.',
  },
  'claims-binding': {
    meaning: 'The claims beside the evidence are not the ones that the evidence vouches for.',
    remedy: 'Have the certificate made anew; if it happens again, the producer binds claims in another way.',
  },
  'collateral-expired': {
    meaning: 'An endorsement is past its next update.',
    remedy: 'Fetch current endorsements.',
  },
  'collateral-not-yet-valid': {
    meaning: 'An endorsement was issued after the time of verification.',
    remedy: 'Check the clock, or take endorsements of the time to verify at.',
  },
  'cose-signature': {
    meaning: 'The COSE signature does not fit its content or its key.',
    remedy: 'Ask for the evidence again; it was changed, or another key signed it.',
  },
  'crl-expired': {
    meaning: 'A revocation list is past its next update.',
    remedy: 'Fetch a current revocation list.',
  },
  'crl-mismatch': {
    meaning: 'A revocation list is of another issuer than the certificate.',
    remedy: 'Give the list of the authority that issued the certificate.',
  },
  'crl-missing': {
    meaning: 'A revocation list that verification needs was not given.',
    remedy: 'Fetch the lists of the root and of the authority that issued the certificate of the machine.',
  },
  'crl-not-yet-valid': {
    meaning: 'A revocation list was issued after the time of verification.',
    remedy: 'Check the clock, or take lists of the time to verify at.',
  },
  'crl-signature': {
    meaning: 'A revocation list was not signed by its issuer.',
    remedy: 'Fetch the list again, from the vendor.',
  },
  'event-data-unverified': {
    meaning: 'The data of an event are not what its digest was made of.',
    remedy: 'Do not rely on the data of the log; its digests alone lead to the registers.',
  },
  'eventlog-mismatch': {
    meaning: 'The event log does not lead to the values of the registers.',
    remedy: 'Take log and quote of the same boot, and the log from its beginning.',
  },
  'jwt-signature': {
    meaning: 'The token was not signed by the given key with an allowed algorithm.',
    remedy: 'Fetch the current keys of the issuer, and allow the algorithm that it uses.',
  },
  'key-binding': {
    meaning: 'The evidence was made for another key.',
    remedy: 'Connect again: evidence of one key proves nothing about a connection with another.',
  },
  malformed: {
    meaning: 'The bytes are not what the format prescribes.',
    remedy: 'Check that the file is whole and of the format; if it is, report it to its producer.',
  },
  'missing-claims': {
    meaning: 'A mandatory claim is missing.',
    remedy: 'Ask the issuer for a token or evidence with all claims of its profile.',
  },
  'missing-collateral': {
    meaning: 'An endorsement that verification needs was not given.',
    remedy: 'Give the endorsements of the vendor for this machine; a source fetches them.',
  },
  'missing-evidence': {
    meaning: 'There is no evidence where it should be.',
    remedy: 'Give all parts of the evidence; a peer without any is not attested.',
  },
  'nonce-mismatch': {
    meaning: 'The evidence was made for another nonce: it may be a replay.',
    remedy: 'Ask for fresh evidence over your nonce.',
  },
  'not-a-quote': {
    meaning: 'The TPM structure is not of the kind that is wanted, or no TPM made it.',
    remedy: 'Give the structure that TPM2_Quote returned (TPM2_NV_Certify for an NV index).',
  },
  'pck-certificate-needed': {
    meaning: 'The quote carries no certificate of its key.',
    remedy: 'Give the PCK chain as an endorsement.',
  },
  'pck-extension': {
    meaning: 'The PCK certificate does not carry the values of the platform.',
    remedy: 'Fetch the PCK certificate again from Intel or its cache.',
  },
  'pcr-digest-mismatch': {
    meaning: 'The PCR values are not the quoted ones.',
    remedy: 'Read the PCRs again together with the quote, all that it selects.',
  },
  'platform-signature': {
    meaning: 'The platform token was not signed by the given key.',
    remedy: 'Give the key of this platform, as its manufacturer endorses it.',
  },
  'policy-advisory': {
    meaning: 'A security advisory applies that the policy does not accept.',
    remedy: 'Have the platform updated, or accept the advisory in the policy.',
  },
  'policy-age': {
    meaning: 'The evidence is older than the policy accepts.',
    remedy: 'Ask for fresh evidence.',
  },
  'policy-debug': {
    meaning: 'The environment can be debugged: its owner reads everything in it.',
    remedy: 'Have it started without debugging; allow debugging in tests only.',
  },
  'policy-identity': {
    meaning: 'The chip, the platform or the cloud is not one that the policy accepts.',
    remedy: 'Check where the machine is, or add it to the policy.',
  },
  'policy-key': {
    meaning: 'Nothing vouches that the key lives in a TPM.',
    remedy: 'Give a certificate of the key, or activate a credential; use a restricted signing key.',
  },
  'policy-measurement': {
    meaning: 'The policy does not accept what was measured.',
    remedy: 'Compare the measurement with the releases that you trust, and add the one that should run.',
  },
  'policy-migration': {
    meaning: 'The environment can be moved to another machine by an agent that the policy does not accept.',
    remedy: 'Have it started without a migration agent, or accept this agent in the policy.',
  },
  'policy-platform': {
    meaning: 'A property of the platform or of the guest is not as the policy wants it.',
    remedy: 'Have the machine configured as the message says, or change the policy.',
  },
  'policy-report-data': {
    meaning: 'The report data are not the expected ones.',
    remedy: 'Ask for evidence over the data that you expect.',
  },
  'policy-revocation': {
    meaning: 'The policy wants certificates to be checked for revocation, and no list was given.',
    remedy: 'Give the revocation list of the product.',
  },
  'policy-session-signing': {
    meaning:
      'A key that evidence names signs for the connection, and the policy wants evidence about each connection.',
    remedy:
      'Use a platform whose machine makes evidence fast, or allow session-signing keys in the policy once you know what they are worth (docs/enclave/attested-tls.md).',
  },
  'policy-signer': {
    meaning: 'The policy does not accept the signer of the code.',
    remedy: 'Compare the signer with those that you trust, and add the one that should sign.',
  },
  'policy-status': {
    meaning: 'The policy does not accept the trustworthiness that the verifier found.',
    remedy: 'Ask the verifier why, and have the machine put right.',
  },
  'policy-tcb': {
    meaning: 'The firmware or microcode is older than the policy accepts, or its status is not accepted.',
    remedy: 'Have firmware and microcode updated, or accept the status in the policy.',
  },
  'policy-vmpl': {
    meaning: 'The report was made at another privilege level than the policy accepts.',
    remedy: 'Ask for a report of an accepted level, or accept this one in the policy.',
  },
  'qe-identity-expired': {
    meaning: 'The QE Identity is past its next update.',
    remedy: 'Fetch a current QE Identity.',
  },
  'qe-identity-mismatch': {
    meaning: 'The quoting enclave is not the one that the QE Identity describes.',
    remedy:
      "Give the QE Identity of this kind of quote (SGX or TDX); if it is, the quote is not of Intel's quoting enclave.",
  },
  'qe-identity-signature': {
    meaning: 'The QE Identity was not signed by its signer.',
    remedy: 'Fetch the QE Identity again, byte for byte as it is served.',
  },
  'qe-report-binding': {
    meaning: 'The quoting enclave did not vouch for this attestation key.',
    remedy: 'Ask for the quote again; it was changed, or put together from several.',
  },
  'qe-report-signature': {
    meaning: 'The report of the quoting enclave was not signed by the key of the platform.',
    remedy: 'Give the PCK chain of this platform; if it is, the quote was changed.',
  },
  'quote-signature': {
    meaning: 'The quote was not signed by its attestation key.',
    remedy: 'Ask for the quote again; it was changed.',
  },
  'realm-binding': {
    meaning: 'The realm token belongs to another platform token.',
    remedy: 'Take both tokens of one attestation.',
  },
  'realm-signature': {
    meaning: 'The realm token was not signed by its key.',
    remedy: 'Ask for the token again; it was changed.',
  },
  'repeated-separator': {
    meaning:
      "The event log separates the firmware's measurements from what follows twice in one register: what was measured between the two passes for the firmware's, or for what follows.",
    remedy:
      'Find out which software of the machine does so; once you know what stands between them, allow it in the policy (allowRepeatedSeparators).',
  },
  'report-signature': {
    meaning: 'The report was not signed by the key of the chip.',
    remedy: 'Give the certificate of this chip and firmware; if it is, the report was changed.',
  },
  'runtime-data-binding': {
    meaning: 'The hardware does not vouch for these runtime claims, or they do not vouch for this key.',
    remedy: 'Read the HCL report again; take all parts of one virtual machine.',
  },
  'symmetric-key-needed': {
    meaning: 'The token is protected with a symmetric key: only its holder could judge it.',
    remedy: 'Ask for a token that is signed with an asymmetric key.',
  },
  'tcb-info-expired': {
    meaning: 'The TCB Info is past its next update.',
    remedy: 'Fetch a current TCB Info.',
  },
  'tcb-info-malformed': {
    meaning: 'The TCB Info is not what the format prescribes.',
    remedy: 'Fetch the TCB Info again, of version 2 or 3.',
  },
  'tcb-info-mismatch': {
    meaning: 'The TCB Info is of another kind of platform.',
    remedy: 'Fetch the TCB Info for the FMSPC and the TEE of this quote.',
  },
  'tcb-info-signature': {
    meaning: 'The TCB Info was not signed by its signer.',
    remedy: 'Fetch the TCB Info again, byte for byte as it is served.',
  },
  'tcb-not-supported': {
    meaning: 'No TCB level describes this platform: it is older than all that are known.',
    remedy: 'Have firmware and microcode updated.',
  },
  'tcb-signer': {
    meaning: 'An endorsement was signed by a certificate that is not for signing endorsements.',
    remedy: "Give the signing chain that comes with the endorsement, of Intel's TCB signer.",
  },
  'tcb-status-unknown': {
    meaning: 'A TCB status is not in the list of those that exist.',
    remedy: 'Fetch the endorsement again; if it is served so, update this software.',
  },
  'tdx-module-mismatch': {
    meaning: 'The TDX module is not one that the TCB Info describes.',
    remedy: 'Fetch a current TCB Info; if it is, the module is not one of Intel.',
  },
  'tpm-signature': {
    meaning: 'The structure was not signed by the given TPM key.',
    remedy: 'Give the key that signed, with its own signature and structure.',
  },
  'unsupported-algorithm': {
    meaning: 'An algorithm is not one of those allowed for the format.',
    remedy: 'Have the evidence made with an algorithm that docs/attestation names for the format.',
  },
  'unsupported-key-type': {
    meaning: 'The type of the attestation key is not supported.',
    remedy: 'Use a key of a type that docs/attestation names for the format.',
  },
  'unsupported-version': {
    meaning: 'The version of the format is not supported.',
    remedy: 'Have the evidence made in a supported version, or update this software.',
  },
  'untrusted-root': {
    meaning: 'The chain ends in a root that is not trusted.',
    remedy: "Trust its root if you mean to, as with a simulated machine's; otherwise refuse the machine.",
  },
  'vcek-mismatch': {
    meaning: 'The certificate is of another chip or another firmware than the report.',
    remedy: 'Fetch the certificate for the chip and the reported TCB of this report.',
  },
  'weak-hash': {
    meaning: 'A hash is used that no longer protects (SHA-1).',
    remedy: 'Use a bank or an algorithm with SHA-256 or longer.',
  },
} as const satisfies RefusalTable;

/** Stable, kebab-case: what programs compare, and what `Refused` values and the conformance suite call the reason. */
export type Reason = keyof typeof reasons;

/**
 * The only error that parsers and verifiers throw. `code` is the reason; `message` says what was found, `reasons[code]` what that means
 * and what to do. `verify`, `inspect` and `appraise` return it as a `Refused` value, whose `reason` is this code.
 */
export class Refusal extends CodedError<Reason> {
  override readonly name = 'Refusal';

  /** Without `message`, the meaning of the code is the message. What a stranger's text in it would hide or forge is written out. */
  constructor(code: Reason, message: string = reasons[code].meaning) {
    super(code, visible(message));
  }
}

/** What `step` gives; undefined where it refuses. */
export function unlessRefused<T>(step: () => T): T | undefined {
  try {
    return step();
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/** Runs `step`; a `Refusal` "malformed" in it becomes `reason`. */
export function malformedAs<T>(reason: Reason, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof Refusal && error.code === 'malformed') throw new Refusal(reason, error.message);
    throw error;
  }
}
