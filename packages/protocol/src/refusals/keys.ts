/** Keys of accounts, and signatures of calls. Accounts without a key, as Teaclave's clients have them, never see one of the first rows. */
import type { RefusalTable } from '@gaiwan/errors';
import type { WireRefusal } from './refusal.ts';

const signing =
  'Sign with the key that the account has now (docs/keys.md); the session alone does not suffice.';

export const keyRefusals = {
  'signature-missing': {
    grpc: 'UNAUTHENTICATED',
    meaning: 'The account has a key of its own, and the call is not signed.',
    remedy: 'Log in with the key. If it is lost, replace it with the recovery code.',
  },
  'signature-malformed': {
    grpc: 'UNAUTHENTICATED',
    meaning:
      'The metadata "gaiwan-statement", or the proof of a key, is not of the form TIME.NONCE.SIGNATURE.',
    remedy: signing,
  },
  'signature-wrong': {
    grpc: 'UNAUTHENTICATED',
    meaning:
      'The signature is not one of this account’s key over exactly this call: another key, subject, platform, method or request.',
    remedy: signing,
  },
  'statement-out-of-time': {
    grpc: 'UNAUTHENTICATED',
    meaning:
      'The statement is more than five minutes old, from before the platform started, or later than its clock.',
    remedy:
      "Correct the clock; the error's detail has the platform's time. A statement is signed when it is sent.",
  },
  'statement-repeated': {
    grpc: 'UNAUTHENTICATED',
    meaning: 'The platform has taken a statement with this nonce already.',
    remedy: 'Sign every call anew. If you did, somebody has sent your call again: tell the operator.',
  },
  'approval-without-digest': {
    grpc: 'FAILED_PRECONDITION',
    meaning:
      'The account has a key, and Teaclave’s ApproveTask names no manifest that a signature could be over.',
    remedy: 'Look at the manifest, and approve its digest: ApproveManifest, gaiwan tasks approve.',
  },
  'bad-public-key': {
    grpc: 'INVALID_ARGUMENT',
    meaning:
      'The public key is no SubjectPublicKeyInfo (DER) of Ed25519 or of P-256 with an uncompressed point.',
    remedy: 'Give a key of one of these kinds.',
  },
  'key-not-proven': {
    grpc: 'UNAUTHENTICATED',
    meaning: 'The proof is not a signature by the new key of the possession statement for this account.',
    remedy: 'Sign with the private half of the very key that you register.',
  },
  'key-exists': {
    grpc: 'FAILED_PRECONDITION',
    meaning: 'The account has a key already: only that key, or the recovery code, puts another in its place.',
    remedy: 'Rotate it, or recover with the code that was shown when it was registered.',
  },
  'no-key': {
    grpc: 'FAILED_PRECONDITION',
    meaning: 'The account has no key.',
    remedy: 'Register one first.',
  },
  'recovery-refused': {
    grpc: 'UNAUTHENTICATED',
    meaning: 'The recovery code is not the one that the account has now, or the account has no key.',
    remedy: 'Check the code. Each is used once: the newest one counts.',
  },
  'recovery-throttled': {
    grpc: 'UNAUTHENTICATED',
    meaning: 'Too many recoveries of this account have failed; the code was not looked at.',
    remedy: 'Wait a minute, then try again.',
  },
  'keys-required': {
    grpc: 'FAILED_PRECONDITION',
    meaning: 'A participant takes part only with participants that have keys, and another has none.',
    remedy: 'Ask those whom the error names to register a key, or make the task without them.',
  },
} as const satisfies RefusalTable<WireRefusal>;
