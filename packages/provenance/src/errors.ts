/** Every refusal of this package. */
import { CodedError, type RefusalTable } from '@gaiwan/errors';

export const provenanceRefusals = {
  'not-a-bundle': {
    meaning: 'The file is no Sigstore bundle with an in-toto statement.',
    remedy:
      'Give the one bundle that the build made (gh attestation download, cosign, slsa-github-generator).',
  },
  'not-a-trusted-root': {
    meaning: 'The file is no Sigstore trusted root.',
    remedy: 'Write one with "gh attestation trusted-root" or "cosign trusted-root create".',
  },
  'not-verified': {
    meaning:
      'No trusted root vouches for the bundle: its certificate, log entry, time or signature does not verify.',
    remedy: 'Get the bundle again from the build, and a trusted root that is newer than it.',
  },
  'other-code': {
    meaning: 'The provenance is about other bytes than this code.',
    remedy: 'Register the bytes that the build made, or attach the bundle of the build that made these.',
  },
  'not-provenance': {
    meaning: 'The statement is signed, but it is no SLSA provenance.',
    remedy: 'Attach the bundle whose predicate is SLSA provenance (v0.2 or v1).',
  },
  'unknown-builder': {
    meaning: 'The signer is no workflow of GitHub or GitLab, but a person or another service.',
    remedy: 'Have the build sign with its own identity (permission id-token: write).',
  },
  'other-build': {
    meaning: 'The code was built by another repository, workflow or reference than the rule names.',
    remedy: 'Ask the owner why; change the rule only if you trust that build.',
  },
} as const satisfies RefusalTable;

export type ProvenanceErrorCode = keyof typeof provenanceRefusals;

export class ProvenanceError extends CodedError<ProvenanceErrorCode> {
  override readonly name = 'ProvenanceError';
}
