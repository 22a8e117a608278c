/** The codes that this package makes itself; those that a platform sends are in `@gaiwan/protocol`. */
import type { RefusalTable } from '@gaiwan/errors';

export const clientRefusals = {
  'untrusted-server': {
    meaning:
      "The server's evidence is refused; `reason` says why (docs/attestation, docs/enclave/attested-tls.md). Nothing but a nonce was sent.",
    remedy: 'Compare the reference values with the release that the operator runs.',
  },
  'wrong-instance': {
    meaning:
      'The server is genuine and runs what is accepted, and it is another instance than the one that is meant: it has other data, and perhaps another operator. Nothing but a nonce was sent.',
    remedy:
      "Ask the platform's operator, on a way that you trust, whether the instance is another one now; only then name the new one (`instance` of `connect`, `gaiwan login --instance ID`). Else somebody leads you to another platform.",
  },
  'state-older': {
    meaning:
      "The platform's data are older than what was seen of them from here, in the same epoch or in an earlier one: they were rolled back. Nothing but nonces was sent where it was noticed at the connection.",
    remedy:
      "Ask the platform's operator. What was done after that copy was made may be gone. An operator who has to go back to an older copy recovers the platform explicitly, which begins a new epoch.",
  },
  'state-forked': {
    meaning:
      'What was last seen of the platform from here is not in the past of its data: an older copy of them diverged, perhaps with more commits by now.',
    remedy: "Ask the platform's operator, as for `state-older`.",
  },
  'state-new-epoch': {
    meaning:
      'The platform is in a newer epoch than when it was seen from here: its operator recovered it. A recovery may hide that its data were rolled back, so approvals, data and results of the time before may be gone or undone.',
    remedy:
      'Ask the operator, on a way that you trust, why it was recovered and from when its data are. Then accept this epoch by its number, once (`acceptEpoch` of `connect`, `gaiwan login --accept-epoch N`), and look at your data, tasks and approvals.',
  },
  'state-memory': {
    meaning:
      'What was seen of platforms cannot be read or kept where this client remembers it, so that an older copy would not be noticed.',
    remedy: 'Check the folder that the message names, its permissions and the space on the disk.',
  },
  'untrusted-auditors': {
    meaning: 'Not enough of the auditors have signed the reference values. No server was contacted.',
    remedy: 'Fetch the signatures again, or name other auditors that you trust.',
  },
  'cannot-connect': {
    meaning: 'Nobody answers at the address, or the name is unknown.',
    remedy: 'Check the address and the network; ask whether the platform is running.',
  },
  'connection-lost': {
    meaning: 'The connection broke before the answer: whether the call took effect is unknown.',
    remedy: 'Read the state, then repeat the call if it did not take effect.',
  },
  'unsupported-node': {
    meaning: 'This Node is older than the SDK needs. Nothing was sent.',
    remedy: 'Run the program with the Node that the message names.',
  },
  'bad-connection-options': {
    meaning: 'An address, a policy or an enclave info cannot be used.',
    remedy: 'Correct the option that the message names.',
  },
  'bad-function-options': {
    meaning: 'No built-in function has this name, or the options do not fit it.',
    remedy: 'Look at the catalogue: gaiwan functions list --builtin, show NAME.',
  },
  'bad-code': {
    meaning:
      'The code that the platform sent is not what the version in the manifest names, or the answer has not the form of one. Nothing of it was shown.',
    remedy: 'Do not approve the task, and tell the operator.',
  },
  'bad-limit': {
    meaning: 'A limit of a task is not a whole number, or is negative.',
    remedy: 'Give a whole number.',
  },
  'bad-answer': {
    meaning: 'The answer is not one that a platform gives: a faulty platform, or something in between.',
    remedy: 'Check the address; report it to the operator.',
  },
  closed: {
    meaning: 'The client was closed.',
    remedy: 'Connect again.',
  },
  'not-logged-in': {
    meaning: 'The call needs a user, and nobody is logged in.',
    remedy: 'Log in first.',
  },
  'bad-key-file': {
    meaning:
      'The file with the key cannot be read or made, holds no key of Ed25519 or P-256, or others may read it.',
    remedy: 'Do what the message says. A key is never overwritten: choose another file for another key.',
  },
  'agent-unreachable': {
    meaning: 'No agent is named, nobody answers at its socket, or not in time.',
    remedy:
      'Start the agent and set SSH_AUTH_SOCK to its socket: `ssh-add -l` asks the same agent. Where it waits for you to confirm, for a PIN or a touch, give it that.',
  },
  'agent-refused': {
    meaning:
      'The agent does not list its keys, or does not sign: you did not confirm, it is locked, the key was removed or has expired, or it is restricted to certain hosts.',
    remedy:
      'Confirm; unlock it (`ssh-add -X`); add the key again (`ssh-add`), without `-h`: a key for certain hosts signs logins to them and nothing else.',
  },
  'agent-key-missing': {
    meaning: 'The agent has no such key.',
    remedy:
      'Add it (`ssh-add FILE`, `ssh-add -s PROVIDER` for a smart card), or name one of those that the message lists.',
  },
  'agent-key-ambiguous': {
    meaning: 'The agent has several keys that can be meant.',
    remedy: 'Name one by its fingerprint: `--key agent:SHA256:...`, as the message and `ssh-add -l` show it.',
  },
  'agent-key-unfit': {
    meaning:
      'The key in the agent cannot be the key of an account: another kind than Ed25519 and P-256, a certificate, or a security key (FIDO), which signs other bytes.',
    remedy: 'Use a key of Ed25519 or P-256: `ssh-keygen -t ed25519`, then `ssh-add`.',
  },
  'bad-agent': {
    meaning:
      "What answers at the socket breaks the protocol of agents, or gives signatures that are not its key's. Nothing of it was sent to the platform.",
    remedy: 'Look at what SSH_AUTH_SOCK names. Update the agent, or use another one.',
  },
  'signing-failed': {
    meaning: 'The signer that was given did not sign, or gave something else than a signature.',
    remedy: 'Look at the agent, card or module that holds the key.',
  },
  'other-key': {
    meaning: 'The account has another key than the one that was given. Nothing was changed.',
    remedy:
      'Log in with the key that the account has. If it is lost, recover with the code that was shown with it.',
  },
  'same-key': {
    meaning: 'The key that was to be the next one is the one that the account has. Nothing was changed.',
    remedy: 'Name another key.',
  },
  timeout: {
    meaning: 'The task has not ended in the given time. It continues.',
    remedy: 'Ask again, with more time or without a limit.',
  },
  aborted: {
    meaning: 'The caller gave up the call.',
    remedy: 'Read the state before you repeat it.',
  },
  'bad-manifest': {
    meaning: "The platform's manifest does not hash to the digest that came with it, or is no manifest.",
    remedy: 'Do not approve it in any other way, and tell the operator.',
  },
  'nothing-written': {
    meaning: 'Nothing has been written to this output yet.',
    remedy: 'Wait for the task that writes it to finish.',
  },
  'wrong-scheme': {
    meaning: "The key's scheme is not the file's.",
    remedy: 'Give the key with which the output was registered.',
  },
  'upload-failed': {
    meaning: 'The upload broke again and again, or the file changed while it was read.',
    remedy: 'Start it again: it continues where it broke.',
  },
  'task-failed': {
    meaning: 'The task has ended without a result; the message says why.',
    remedy: 'Read the reason, and the log if you may.',
  },
  'result-deleted': {
    meaning:
      'The task succeeded, and the operator keeps its result no longer; the message has the digest of what it was.',
    remedy: 'Create another task. `gaiwan quota show` says how long results are kept.',
  },
  'task-canceled': {
    meaning: 'Somebody canceled the task.',
    remedy: 'Ask the participants; create another task.',
  },
  io: {
    meaning: 'A file that is to be uploaded cannot be read.',
    remedy: 'Check the path and its permissions.',
  },
} as const satisfies RefusalTable;

const noDetail = 'The answer has this gRPC status and no detail of a platform:';

/** Answers without a detail, as a proxy in between gives them: the name of the gRPC status. */
export const statusRefusals = {
  unknown: {
    meaning: `${noDetail} the cause is unknown.`,
    remedy: 'Look at whatever stands between you and the platform.',
  },
  'invalid-argument': {
    meaning: `${noDetail} the request has a wrong form.`,
    remedy: 'Check the versions of client and platform.',
  },
  'deadline-exceeded': {
    meaning: `${noDetail} it took too long.`,
    remedy: 'Read the state, then try again.',
  },
  'not-found': { meaning: `${noDetail} there is no such thing.`, remedy: 'Check the address.' },
  'already-exists': { meaning: `${noDetail} it exists already.`, remedy: 'Read the state.' },
  'permission-denied': { meaning: `${noDetail} it is forbidden.`, remedy: 'Ask whoever runs the proxy.' },
  'resource-exhausted': {
    meaning: `${noDetail} a message is too large, or something is used up.`,
    remedy: 'Send less in one call, or later.',
  },
  'failed-precondition': { meaning: `${noDetail} the state does not allow it.`, remedy: 'Read the state.' },
  'out-of-range': { meaning: `${noDetail} a value is out of range.`, remedy: 'Correct the value.' },
  unimplemented: {
    meaning: `${noDetail} the server has no such method.`,
    remedy: 'Check the address, and the versions of client and platform.',
  },
  internal: { meaning: `${noDetail} something failed.`, remedy: 'Try again later; tell the operator.' },
  'data-loss': { meaning: `${noDetail} data were lost.`, remedy: 'Tell the operator.' },
  unauthenticated: { meaning: `${noDetail} it does not know you.`, remedy: 'Log in again.' },
} as const satisfies RefusalTable;
