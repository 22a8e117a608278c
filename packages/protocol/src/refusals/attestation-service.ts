/**
 * The attestation service answers over plain HTTP, with codes of its own. Beside these it sends 400 with the reason of a
 * refusal (docs/attestation), e.g. `malformed`.
 */
import type { RefusalTable } from '@gaiwan/errors';
import type { HttpRefusal } from './refusal.ts';

export const attestationServiceRefusals = {
  'bad-request': {
    http: 400,
    meaning: 'The body is not a JSON object, or one of its fields has another form than documented.',
    remedy: 'Send the fields that docs/attestation/results.md describes; bytes as base64.',
  },
  'wrong-kind': {
    http: 400,
    meaning: "The evidence is good, but Teaclave's report format cannot express evidence of its kind.",
    remedy: 'Post it to /v1/appraise instead.',
  },
  'not-found': {
    http: 404,
    meaning: 'The service has no such path.',
    remedy: 'Use one of the paths that docs/attestation/results.md lists.',
  },
  'bad-method': {
    http: 405,
    meaning: 'The path takes another HTTP method.',
    remedy: 'Use the method that the message names.',
  },
  'too-much': {
    http: 413,
    meaning: 'The body of the request is too large.',
    remedy: 'Send the evidence and its endorsements, and nothing else.',
  },
  throttled: {
    http: 429,
    meaning: 'This address, or all addresses together, asked too often.',
    remedy: 'Wait for the number of seconds in the header `retry-after`.',
  },
  internal: {
    http: 500,
    meaning: 'Something failed inside the service that nobody foresaw.',
    remedy: "Try again later. The cause is in the operator's log.",
  },
  'no-endorsements': {
    http: 503,
    meaning: 'The service could not fetch endorsements that judging this evidence needs.',
    remedy: 'Try again later, or send the endorsements along.',
  },
} as const satisfies RefusalTable<HttpRefusal>;

/** Codes that the attestation service makes itself. */
export type AttestationServiceCode = keyof typeof attestationServiceRefusals;
