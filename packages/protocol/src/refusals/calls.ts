/** What may meet any call, whatever it is about. */
import type { RefusalTable } from '@gaiwan/errors';
import type { WireRefusal } from './refusal.ts';

export const callRefusals = {
  'access-denied': {
    grpc: 'PERMISSION_DENIED',
    wire: 'permission denied',
    meaning: 'An access-control policy does not let this user do this; `policy_id` names the policy.',
    remedy: "Call as a user with the required role, or ask the resource's owner to do it.",
  },
  'unknown-method': {
    grpc: 'UNIMPLEMENTED',
    // The contract has a code for it, and no text.
    wire: '',
    meaning: 'The port that was called has no method of this name.',
    remedy:
      'Compare the name, with its package and service, with the .proto files, and the port with its services.',
  },
  busy: {
    grpc: 'UNAVAILABLE',
    http: 409,
    meaning: 'Too many callers want the same thing at once: one record, a login, evidence, or one upload.',
    remedy: 'Nothing was changed. Try again in a few seconds.',
  },
  'too-many-calls': {
    grpc: 'RESOURCE_EXHAUSTED',
    http: 429,
    meaning:
      'As many calls are running, or as many files are under way, as one user, one address without a login, or all callers together may have; watches count. The body of the call was not read.',
    remedy:
      'Wait for some of them to end (`retry_after_ms`, `retry-after`), or end watches and downloads that nobody reads.',
  },
  'too-much-in-flight': {
    grpc: 'RESOURCE_EXHAUSTED',
    http: 429,
    meaning:
      'The messages of calls that are running hold as many bytes as those of one user, of one address without a login, or of all callers together may hold. Nothing of the call was done.',
    remedy:
      'Call again after the time in `retry_after_ms` (`retry-after`), with fewer large messages at once.',
  },
  'message-too-large': {
    grpc: 'RESOURCE_EXHAUSTED',
    meaning: 'The request has more bytes than one of this method may have. It was not read to its end.',
    remedy: 'Keep to the limit that the message names; a file goes up by CreateUpload, not within a request.',
  },
  'message-too-slow': {
    grpc: 'UNAVAILABLE',
    meaning:
      'The request did not arrive in time: a message has a time to begin, and a least rate from then on.',
    remedy: 'Call again, and send the whole message at once.',
  },
  stopping: {
    grpc: 'UNAVAILABLE',
    meaning: 'The platform is shutting down and ended the call.',
    remedy: 'Connect again later. What was acknowledged is kept.',
  },
  'worker-replaced': {
    grpc: 'FAILED_PRECONDITION',
    meaning: 'Another stream of a worker with the same id has come: the newest one alone gets tasks.',
    remedy:
      'Where two workers run, give each an id of its own; one that lost its connection has come back already.',
  },
  'disk-full': {
    grpc: 'RESOURCE_EXHAUSTED',
    wire: 'service internal error',
    http: 507,
    meaning: "The platform's disk is full. Nothing of the call was kept.",
    remedy: 'Try again when the operator has made room.',
  },
  'anchor-unavailable': {
    grpc: 'INTERNAL',
    wire: 'service internal error',
    http: 503,
    meaning:
      "What remembers the platform's newest state outside of its disk does not answer, or was advanced by somebody else. Nothing is acknowledged that it has not taken: the call may have been done or not.",
    remedy:
      'Look what became of the call when the operator has brought the anchor back, and repeat it if need be.',
  },
  'state-tampered': {
    grpc: 'INTERNAL',
    wire: 'service internal error',
    http: 500,
    meaning:
      'What the platform needed for the call was changed on its disk: records were deleted, added, moved or rolled back, or their bytes are others. Nothing of the call was done.',
    remedy:
      'Have the operator restore the data folder from a copy that can be trusted. Calls that need other kinds of records are served.',
  },
  internal: {
    grpc: 'INTERNAL',
    wire: 'service internal error',
    http: 500,
    meaning: 'Something failed inside the platform that nobody foresaw.',
    remedy: "Read the state again before you repeat the call. The cause is in the operator's log.",
  },
  'bad-audit-query': {
    grpc: 'UNKNOWN',
    meaning:
      'A query of the audit log cannot be understood, or is too large; the text says where. Its beginning, `audit log error, reason:`, is in Teaclave’s contract.',
    remedy: 'Write it in the language of docs/audit.md.',
  },
  'bad-page-token': {
    grpc: 'INVALID_ARGUMENT',
    meaning: 'A page was asked for with a token that no page of this list gave.',
    remedy: 'Begin at the first page, without a token.',
  },
  'bad-filter': {
    grpc: 'INVALID_ARGUMENT',
    meaning:
      'A list was asked for by something that it cannot be filtered by: a text that is too long or has no letters, an id, a role or a status that is none.',
    remedy: 'Correct what the message names.',
  },
  'bad-nonce': {
    grpc: 'INVALID_ARGUMENT',
    meaning: 'A nonce for GetEvidence is too short or too long.',
    remedy: 'Send 32 random bytes.',
  },
  'connection-not-bindable': {
    grpc: 'FAILED_PRECONDITION',
    meaning:
      'Evidence about a connection was asked for over one that nothing can be tied to: it is not TLS 1.3.',
    remedy: 'Connect with TLS 1.3, to the platform itself: nothing in between may end TLS.',
  },
  'key-retired': {
    grpc: 'FAILED_PRECONDITION',
    meaning: "The TLS key of this connection is no longer one of the server's current keys.",
    remedy: 'Connect again, and ask for evidence on the new connection.',
  },
  'too-many-entries': {
    grpc: 'RESOURCE_EXHAUSTED',
    meaning: 'A list in the request (owners, slots, arguments, names of an allow-list) is too long.',
    remedy: 'Send at most the number of entries that the message names.',
  },
  'bad-agreement': {
    grpc: 'INVALID_ARGUMENT',
    meaning: 'The standing agreement that was to be proposed is none: the message says what is wrong.',
    remedy: 'Propose it of a task whose slots are filled, with uses, and an end after its beginning.',
  },
  'unknown-agreement': {
    grpc: 'INVALID_ARGUMENT',
    meaning: 'There is no standing agreement of this id.',
    remedy: 'Look at the list: gaiwan agreements list.',
  },
  'agreement-void': {
    grpc: 'FAILED_PRECONDITION',
    meaning:
      'The standing agreement is revoked, not approved by all, used up, or outside of its time. Nothing was approved or run by it.',
    remedy: 'Have the participants approve the task itself, or another agreement.',
  },
  'outside-agreement': {
    grpc: 'FAILED_PRECONDITION',
    meaning: 'The task differs from what the standing agreement allows; the message says in what.',
    remedy: 'Create the task as it was agreed on, or have the participants approve it themselves.',
  },
  'agreement-keys-changed': {
    grpc: 'FAILED_PRECONDITION',
    meaning: 'A participant approves with another key than the standing agreement names.',
    remedy: 'Propose the agreement anew: it then names the present keys.',
  },
  'bad-material': {
    grpc: 'INVALID_ARGUMENT',
    meaning:
      'What was to be attached to a version is empty, too large, not of the kind that was named, or would show hidden code.',
    remedy:
      'Attach a Sigstore bundle as provenance, CycloneDX or SPDX in JSON as SBOM, an archive as source.',
  },
  'bad-provenance': {
    grpc: 'INVALID_ARGUMENT',
    meaning:
      'The provenance does not verify by the roots that the operator has chosen, or is about other code.',
    remedy: 'Attach the bundle of the build that made these bytes; the message says what does not fit.',
  },
  'no-build-roots': {
    grpc: 'FAILED_PRECONDITION',
    meaning: 'The platform has no Sigstore root to verify provenance by.',
    remedy: 'Ask the operator to start it with --sigstore-root.',
  },
  'unknown-version': {
    grpc: 'INVALID_ARGUMENT',
    meaning: 'The function neither has this version nor lists it among those before.',
    remedy: 'Name one of its versions (gaiwan functions versions).',
  },
  'bad-id': {
    grpc: 'INTERNAL',
    meaning: 'The text does not have the form of an id of this kind.',
    remedy: 'Send the id as the platform returned it, with its prefix.',
  },
} as const satisfies RefusalTable<WireRefusal>;
