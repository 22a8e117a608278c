/** EAT Attestation Results (draft-ietf-rats-ear) with trustworthiness vectors (AR4SI) of what was judged. */
import { issueEar, type Signer, type SigningKey } from '@gaiwan/attestation-kit';
import type { Judged } from './verdict.ts';

/** Values of AR4SI, 2.3: what the claims are called there. */
const GENUINE = 2;
const UNRECOGNIZED_PROGRAM = 33;
const UNSAFE = 32;
const CONTRAINDICATED = 96;
const NOT_AUTHENTIC = 99;

type Vector = Record<string, number>;

/** Genuine hardware whose state a policy does not accept: which claim is to blame. */
function claimsToBlame(reason: string): Vector {
  if (reason === 'policy-measurement' || reason === 'policy-signer')
    return { hardware: GENUINE, executables: UNRECOGNIZED_PROGRAM };
  if (reason === 'policy-tcb') return { hardware: UNSAFE };
  return { hardware: GENUINE, configuration: CONTRAINDICATED };
}

function assess({ verified, refusal }: Judged, programKnown: boolean) {
  if (verified === undefined) {
    const vector = { 'instance-identity': NOT_AUTHENTIC, hardware: NOT_AUTHENTIC };
    return { status: 'contraindicated', vector } as const;
  }
  if (refusal === undefined) {
    const vector = {
      'instance-identity': GENUINE,
      hardware: GENUINE,
      ...(programKnown && { executables: GENUINE }),
    };
    return { status: 'affirming', vector } as const;
  }
  return {
    status: 'contraindicated',
    vector: { 'instance-identity': GENUINE, ...claimsToBlame(refusal.reason) },
  } as const;
}

export interface ResultOptions {
  readonly key: SigningKey;
  readonly kid: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Seconds. */
  readonly lifetime: number;
  readonly version: string;
  readonly policyId: string;
  /** Whether the policy has reference values: without, nothing is said of the program. */
  readonly programKnown: boolean;
  readonly simulated: boolean;
  /** As the relying party gave it. */
  readonly nonce?: string;
}

/** A JWT, ES256. */
export function resultOf(judged: Judged, options: ResultOptions): Promise<string> {
  const { key, kid, now, lifetime, version, policyId, programKnown, simulated, nonce } = options;
  const issuedAt = Math.floor(now / 1000);
  const { status, vector } = assess(judged, programKnown);
  const kind = judged.verified?.kind ?? judged.evidence.kind;
  const signer: Signer = { alg: 'ES256', kid, sign: key.sign };
  return issueEar(
    {
      issuedAt,
      verifier: { developer: 'gaiwan', build: `${version}${simulated ? ' SIMULATION' : ''}` },
      submodules: { [kind]: { status, vector, policyIds: [policyId] } },
      ...(nonce !== undefined && { nonce }),
    },
    signer,
    {
      exp: issuedAt + lifetime,
      gaiwan_evidence: { kind, claims: judged.verified?.claims ?? {} },
      // Whose word it rests on, for a relying party that takes the service's own source for better.
      gaiwan_endorsements: judged.givenEndorsements ? 'caller' : 'service',
      ...(judged.refusal && {
        gaiwan_refusal: { reason: judged.refusal.reason, message: judged.refusal.message },
      }),
    },
  );
}
