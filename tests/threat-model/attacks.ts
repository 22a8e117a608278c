/** Of each attack in docs/threat-model.md: what shows its answer. */
import type { Evidence } from './evidence.ts';

const ATTESTED = 'tests/attested.test.ts';
const MACHINE = 'packages/enclave/src/machine/machine.test.ts';
const AUTHENTICATION = 'packages/platform/src/services/authentication/authentication.test.ts';
const MANAGEMENT = 'packages/platform/src/services/management/management.test.ts';
const ENGINE = 'packages/platform/src/tasks/engine/engine.test.ts';
const SCHEDULER = 'packages/platform/src/services/scheduler/scheduler.test.ts';
const EXECUTION = 'packages/platform/src/services/execution';
const STORAGE = 'packages/platform/src/services/storage';
const OUTPUTS = 'packages/platform/src/tasks/outputs.test.ts';
const ANCHORING = 'packages/store/src/embedded/anchoring.test.ts';
const BANKS = 'tests/three-banks.test.ts';
const THIEF = 'tests/attacks/stolen-tls-key.test.ts';
const KEYS = 'tests/attacks/a01-a02-keys.test.ts';
const NAMES = 'tests/attacks/names.test.ts';
const ATTACKS = 'tests/attacks/accounts.test.ts';

export const attacks: Readonly<Record<string, Evidence>> = {
  'a proxy in the middle that ends TLS': {
    tests: {
      [ATTESTED]: [
        'somebody in the middle > with a certificate of its own is detected before it sees a byte',
        'somebody in the middle > that shows the platform’s own evidence with another key is detected, too',
      ],
    },
  },
  'stolen or recorded evidence': {
    tests: {
      [THIEF]: [
        'a stolen TLS key > does not help who says %s',
        'a stolen TLS key > does not help who replays what a victim was once told',
      ],
    },
  },
  'a stolen TLS key: a relay to the genuine platform, or to a genuine worker': {
    tests: {
      [THIEF]: [
        'a stolen TLS key > does not help a relay: the client refuses before it says who it is (%s)',
        'a stolen TLS key > does not help who takes over the connection of a file alone (%s)',
      ],
      'tests/attacks/stolen-worker-key.test.ts': [
        'a stolen key of a worker (%s) > attaches nobody who has %s',
      ],
    },
  },
  'the same, where evidence takes long to make (a TPM)': {
    tests: {
      'tests/attacks/stolen-tls-key-slow.test.ts': [
        'a stolen TLS key, where a session-signing key speaks for connections > does not help a relay',
        'a stolen TLS key, where a session-signing key speaks for connections > does not help who says %s',
        'a stolen TLS key, where a session-signing key speaks for connections > does not help who replays what a victim was once told',
      ],
      'tests/attacks/stolen-worker-key.test.ts': [
        'a stolen key of a worker (%s) > attaches nobody who has %s',
      ],
    },
  },
  'a stolen TLS key of a key broker, or of an attestation service': {
    tests: {
      'packages/enclave/src/sealing/stolen-broker-key.test.ts': [
        'a key broker (%s) > is nobody who has its TLS key and says %s',
        'a key broker (%s) > is nobody who has its TLS key and what it once said',
      ],
      'tests/attacks/stolen-attestation-service-key.test.ts': [
        'a stolen TLS key of an attestation service > does not help a relay',
        'a stolen TLS key of an attestation service > does not help who says %s',
      ],
    },
  },
  'being led to another genuine platform of the same program': {
    tests: {
      'tests/attacks/diversion.test.ts': [
        'another genuine instance > is refused where the one that is meant was named',
        'another genuine instance > is refused where another was seen before',
        'a person that logged in before > is told that this is another instance, until they name it',
      ],
    },
  },
  'an altered program, library or command line; code put before it': {
    tests: {
      [ATTESTED]: [
        'three banks that trust two auditors > with another installation > refuse an altered bundle',
        'three banks that trust two auditors > with another installation > would refuse one in which another file is altered: %s',
        'a platform > does not start with code before it that nobody measured',
      ],
      'packages/enclave/src/measure/measure.test.ts': [
        'a bundle > is another with another %s',
        'a process > that was given more is refused: %j %j',
      ],
    },
  },
  'a debug, revoked or outdated machine; a simulated one': {
    tests: {
      [ATTESTED]: [
        'three banks that trust two auditors > refuse a machine that is %s',
        'three banks that trust two auditors > refuse a simulated machine by production roots',
      ],
    },
  },
  "an event log that calls more than the firmware's measurements the firmware's, by a second separator": {
    tests: {
      'packages/attestation/src/negative/tpm.test.ts': [
        'group 26: event logs > a second separator is told, and refused unless the policy says otherwise',
      ],
      'packages/attestation/src/eventlog/eventlog.test.ts': [
        'a log against the quote of a TD > tells what no event leads to and what no register proves; refuses a second separator',
      ],
    },
  },
  'a file of several pieces of evidence, so that another one is verified than is looked at': {
    tests: {
      'packages/attestation/src/envelope/open.test.ts': [
        'M2: evidence inside JSON > twice the same is one; two that differ are refused by their places',
      ],
      'packages/attestation/src/envelope/tpm-object.test.ts': [
        'a quote of a TPM > beside other evidence is refused by both places',
      ],
    },
  },
  "an operator's own key broker": {
    tests: {
      [MACHINE]: [
        'a simulated machine > with another key broker is another configuration',
        'a key broker > that is another program is told nothing, and neither is an authority believed that is not its own',
      ],
    },
  },
  'one auditor for two, a signature twice, none at all': {
    tests: {
      [ATTESTED]: [
        'three banks that trust two auditors > refuse a wrong signature of an auditor, and ask nobody',
      ],
      'packages/trust/src/reference/auditors.test.ts': [
        'auditors > k of n, of either kind of key',
        'auditors > the same one three times is one',
        'auditors > nobody needed is no audit',
      ],
    },
  },
  'a record rolled back, deleted or duplicated, a log cut, a table emptied': {
    tests: {
      'tests/attacks/a04-disk-edits.test.ts': ['%s'],
      'packages/store/src/embedded/disk-edits.test.ts': ['at the start > $what', 'while it runs > $what'],
      'packages/store/src/embedded/model.test.ts': ['every single-row edit is noticed, %s'],
    },
  },
  "an older copy of the whole data folder, a fork of it, a restored backup, an emptied folder; the end of the database's own write-ahead log cut off":
    {
      tests: {
        'tests/attacks/rollback-of-the-whole.test.ts': [
          'a platform with an anchor > refuses an older data folder, a fork of it and a restored backup, until a recovery says a new epoch',
        ],
        'tests/attacks/rollback-at-a-key-broker.test.ts': [
          'a platform whose anchor is a key broker > refuses an older data folder, and serves the newest',
        ],
        'tests/attacks/rollback-in-a-tpm.test.ts': [
          'an older folder, a fork and a folder without its anchor are refused, until a recovery',
        ],
        [ANCHORING]: ['a start > refuses a folder that was emptied, and makes nothing in it'],
        'packages/store/src/embedded/wal-cuts.test.ts': [
          'B8: what was acknowledged is there, or the start is refused, wherever the log is cut or changed',
        ],
        'tests/attacks/rolled-back-clients.test.ts': [
          'an older copy of the whole data folder > is refused by whoever saw a newer state, however much is done to it since',
          'an older copy of the whole data folder > that its operator recovers is in a new epoch, which each person accepts by its number',
        ],
        'packages/client/src/state/guard.test.ts': ['notices a fork that another connection saw meanwhile'],
      },
    },
  'a store taken away from beside its sealed key': {
    tests: {
      'tests/attacks/rollback-of-the-whole.test.ts': [
        'a platform with an anchor > refuses to start where the store was taken away',
      ],
      'packages/platform/src/compose/sealed-key.test.ts': [
        'a sealed store > whose store is gone beside its key is not made anew, and one of a first start that was cut off is',
      ],
    },
  },
  'a task that ran in a history that was given up, run again; a key and IV used there, used again': {
    tests: {
      [MANAGEMENT]: [
        'data > of an epoch that a recovery has ended is not written, and its tasks are not invoked',
      ],
      [SCHEDULER]: [
        'a queued task that may not run any more > ends where a recovery has begun another epoch',
      ],
      [OUTPUTS]: [
        'outputs > of an older epoch are not encrypted: nobody knows what was written under their key and IV before',
      ],
    },
  },
  'an anchor that is kept from answering': {
    tests: {
      [ANCHORING]: [
        'before a commit is acknowledged > the anchor has its state',
        'an anchor that does not answer > is not waited for for ever, and then nothing more is written',
        'at intervals > nothing more is written where the anchor stays silent',
      ],
    },
  },
  'one byte of the data folder changed, anywhere': {
    tests: {
      'tests/attacks/flipped-bytes.test.ts': [
        'the folder has the files that are tried here, and no other',
        'store > part %i: every row, log, queue and absence is as before, or refused',
        'files of each scheme: the plaintext is as before, or refused',
        'the sealed key: the key is as before, or kept back',
      ],
    },
  },
  'a data folder under another program': {
    tests: {
      [ATTESTED]: [
        'a platform of its own > has a data folder that opens for the same program and configuration only, and the error names the register',
      ],
      'packages/enclave/src/sealing/sealing.test.ts': [
        'a key that the machine derives for a measurement > is kept back from another program, and the error names the register',
      ],
    },
  },
  'function replaced after approval': {
    tests: {
      [BANKS]: ['three banks > run the version that they approved, whatever the function has become'],
    },
  },
  'an input changed, cut, swapped or removed on the disk': {
    tests: {
      'tests/attacks/b2-tampered-input.test.ts': [
        'an input whose file on the disk > %s fails the task, and names itself (%s)',
        'an input whose file on the disk > is damaged, in an optional slot of a function with Teaclave’s entry, is left out by name',
      ],
      'packages/platform/src/tasks/input-faults.test.ts': [
        'what a worker finds wrong with an input is in the record, the report and the owners’ audit log',
      ],
    },
  },
  'a stored file or record that is gone': {
    tests: {
      'tests/attacks/l7-older-store.test.ts': [
        'a platform over an older store > without the blobs says blob-missing, to whoever downloads and to whoever registers',
      ],
      [`${STORAGE}/blobs.test.ts`]: [
        'a file that is gone, cut, or no file > (%s) is blob-missing whatever is asked for',
      ],
      [OUTPUTS]: ['outputs > whose record is gone fail the task before it is run, and after'],
    },
  },
  'an older store beside newer files': {
    tests: {
      'tests/attacks/l7-older-store.test.ts': [
        'a platform over an older store > sets newer blobs aside, says so, and has them again with the newer store',
      ],
    },
  },
  'a core dump': {
    tests: {
      'tests/attacks/a9-core-dumps.test.ts': [
        'no core dump > of a platform or its workers has memory, whatever limit they were started with',
        'no core dump > of %s either',
      ],
    },
  },
  'data swapped after approval': {
    tests: {
      [BANKS]: [
        'three banks > are refused when one puts another file in after the approvals',
        'a file on a server of the bank > that is swapped after the approval is refused by its tag',
      ],
      [`${STORAGE}/routes.test.ts`]: ['PUT > writes once'],
      [MANAGEMENT]: ['a task > loses every approval when data is replaced'],
    },
  },
  'approval of something else': {
    tests: {
      [ENGINE]: ['a task > can be approved only by the digest that was looked at'],
      [MANAGEMENT]: ['a task > is approved under a digest of 32 bytes that is its own'],
    },
  },
  'a lease that says something else than the approved manifest: code, arguments, limits, keys, files': {
    tests: {
      [`${EXECUTION}/alterations.test.ts`]: [
        'a lease for %s > is refused with any field altered, and nothing is fetched, decrypted or run',
        'a lease for %s > is refused with any member of its %s altered',
      ],
      [`${EXECUTION}/approved-task.test.ts`]: [
        'a lease > is refused: %s',
        'a lease > has a refusal tried here for each code',
      ],
    },
  },
  'a result encrypted for somebody else, or written elsewhere': {
    tests: {
      [`${EXECUTION}/alterations.test.ts`]: [
        'a lease with parts of other files and tasks > is refused with another key of the right kind, as somebody would hand over who wants to read a result',
      ],
      'packages/client/src/registered-files.test.ts': [
        'files that this client registered > may not be in one with another %s',
      ],
    },
  },
  'a key and IV used for two contents': {
    tests: {
      [MANAGEMENT]: ['data > under one key and IV is written by one output only'],
      [OUTPUTS]: [
        'outputs > get a key and IV for one content only: a second attempt with another content is refused',
        'outputs > are not encrypted where nobody can know whether their IV was used',
      ],
      'packages/platform/src/domain/iv.test.ts': [
        'a key and IV > encrypt one content, whoever asks how often in whatever order',
      ],
      'packages/platform/src/tasks/intents.test.ts': [
        'an intent that was granted is anchored, whatever the interval: a copy from before it is refused',
      ],
    },
  },
  'plaintext used before its tag was checked': {
    tests: {
      'packages/files/src/files.test.ts': [
        '%s > refuses every changed, cut or extended file with a typed error, and never gives other content',
      ],
      'packages/client/src/transfer/transfer.test.ts': [
        'a file > that was %s is not released, and nothing stays',
      ],
      [`${EXECUTION}/inputs.test.ts`]: [
        'inputs > of which one is %s are refused (%s), by slot, data and owners',
      ],
    },
  },
  'stolen or old tokens': {
    tests: {
      [AUTHENTICATION]: [
        'a token > dies with a new password, with a reset, and with its user, who may come again',
        'a token > gives the role of the record, not its own',
        'a token > goes on where its own session sets a new password, and every other of the account ends',
      ],
      'packages/platform/src/services/authentication/tokens.test.ts': [
        'a token ends, also when it was verified before',
        'L4d: a token of a time that is to come is none, also when it was verified before',
        'a forged token is none > however a real one is changed',
      ],
    },
  },
  'a password reset by an administrator or a manager, to log in as somebody': {
    tests: {
      [ATTACKS]: [
        'against a bank > A2: a reset by the administrator begins a new account',
        'against a bank > A2: so does an update, which sets a password',
        'beside a bank that nobody ends > A1: in a group of its own making it rules over accounts, and inherits nothing from them',
      ],
    },
  },
  "a deleted user's name, registered again; a task that names a user who is still to come": {
    tests: {
      [ATTACKS]: [
        'against a bank > A3: the name registered again is somebody else',
        'beside a bank that nobody ends > A3: slots and fusion outputs name only accounts that are there',
      ],
    },
  },
  "a function owner that makes itself the manager of others' group": {
    tests: {
      [ATTACKS]: [
        'beside a bank that nobody ends > A1: a function owner invites no manager into a group that has members of others',
      ],
      [AUTHENTICATION]: ['a group > is whoever’s who brought its first member, as long as it has members'],
    },
  },
  'a function that was disabled, and is updated, or used by tasks that were made before': {
    tests: {
      [ATTACKS]: [
        'beside a bank that nobody ends > A12: what the administrator disabled stays disabled, whatever its owner does',
      ],
      [SCHEDULER]: ['a queued task that may not run any more > ends where its function was disabled'],
    },
  },
  'user records taken out of the data folder, to be its first administrator again': {
    tests: {
      'tests/attacks/a04-disk-edits.test.ts': ['%s'],
      [AUTHENTICATION]: [
        'a data folder without users > that had an administrator gets none by a restart, whoever took the users away',
      ],
    },
  },
  'a password reset or set by an administrator or a manager, of an account that holds a key': {
    tests: {
      [KEYS]: [
        'A1, A2: the administrator, once the password is %s, > does nothing in its name',
        'A1, A2: the administrator, once the password is %s, > sees what a session sees, and no result, no log, no data',
        'the holder goes on with its key under the new password, and recovers with its code when the key is lost',
      ],
    },
  },
  'a stolen session of an account that holds a key': {
    tests: {
      'packages/platform/src/pipeline/key-signatures.test.ts': [
        'an account with a key of %s > does not act with its session alone',
        'an account with a key of %s > is refused for another request, and with another key',
      ],
      'tests/attacks/hostile-methods.test.ts': [
        '%s > has tried every public method, and learnt nothing of the bank’s',
      ],
    },
  },
  'a signed call sent again, also after a restart': {
    tests: {
      'packages/platform/src/pipeline/taken-statements.test.ts': [
        'takes a statement once, of each subject',
        'takes none that is old, of the future, or from before the start, and tells the time',
        'opens no replay by a restart, however the statement was dated',
      ],
    },
  },
  'an approval in the name of a participant with a key': {
    tests: {
      [`${EXECUTION}/approval-signatures.test.ts`]: [
        'an approval by a key of %s > is refused without its signature',
        'an approval by a key of %s > is refused with a signature %s',
      ],
    },
  },
  'an agent that gives wrong signatures, endless answers or none; a statement taken for an SSH login, or a login for a statement':
    {
      tests: {
        'packages/client/src/agent/agent-signer.test.ts': [
          'an agent that > %s: nothing of it is used',
          'an agent that > says nothing is waited for until its time is over (%s)',
        ],
        'packages/protocol/src/statement.test.ts': [
          'the bytes of a statement > are none that SSH or OpenPGP signs with the same key: docs/keys.md',
        ],
      },
    },
  'guessing a recovery code': {
    tests: {
      'packages/platform/src/services/authentication/keys/keys.test.ts': [
        'an account with a key > does not recover for who guesses: after some guesses the right code is not looked at either',
      ],
      'packages/platform/src/services/authentication/keys/recovery-code.test.ts': [
        'a code has eight groups of four, and no two are the same',
      ],
    },
  },
  'password guessing': {
    tests: {
      'packages/platform/src/services/authentication/password.test.ts': [
        'is kept as argon2id with 19 MiB, 2 passes, a salt of its own',
      ],
      [AUTHENTICATION]: [
        'a login > is throttled by user, also when all guesses come at once, and free again with time',
        'a login > is throttled by address, whomever the guesses are about',
      ],
      'packages/platform/src/services/authentication/login-audit.test.ts': [
        'a failed one names the account, and no name that nobody has',
      ],
    },
  },
  'a crash brought about to hide what was done': {
    tests: {
      'tests/faults/l6-audit-after-kill.test.ts': [
        'L6: what was acknowledged is in the log after each of %i kills under load',
      ],
      'packages/platform/src/pipeline/pipeline.test.ts': ['a command > takes its steps in this order'],
      'packages/platform/src/state/audit-log.test.ts': ['has a written line on the disk when it says so'],
    },
  },
  'calls without end to fill the disk, or to bury an entry, with audit entries': {
    tests: {
      'packages/platform/src/state/audit-log.test.ts': [
        'counts what repeats: its size does not grow with the number of calls',
      ],
    },
  },
  "somebody else's failures, to lock a user out": {
    tests: {
      'tests/faults/a13-logins.test.ts': [
        'A13: who has logged in from an address is not in the way of its neighbours’ failures; others are told how long to wait',
        'A13: guesses at a user elsewhere do not lock it out where it logs in, nor do guesses there go on for ever',
      ],
    },
  },
  'half-sent messages, downloads that are hardly taken, idle connections, handshakes, resets, logins: to fill the memory or the ports':
    {
      tests: {
        'tests/faults/a06-half-sent-messages.test.ts': [
          'A6: without a login > every method of the frontend is refused on its headers: nothing of its body is waited for',
          'A6: without a login > so many calls of one address may wait for their messages; others are served, and it again when they end',
        ],
        'packages/platform/src/rpc/calls.test.ts': [
          'what calls may hold > is bounded in bytes for one user, as they arrive; another has its own, and it again what has ended',
          'how long calls may take > ends for a message that does not come',
        ],
        'packages/platform/src/services/storage/transfers.test.ts': [
          "a user's downloads hold so much, and what ends makes place; others have theirs",
          'who has no right has places by address; a refused upload has one as long as it is listened to',
        ],
        'packages/platform/src/rpc/lives.test.ts': ['a connection that only pings ends'],
        'packages/platform/src/rpc/connections.test.ts': [
          'so many from one address, or from one network of IPv6, and so many in all',
        ],
      },
    },
  'the platform as a proxy into a network': {
    tests: {
      [`${EXECUTION}/web.test.ts`]: [
        'fetching > refuses %s before anything is sent',
        'fetching > follows redirects among allowed origins, and nowhere else',
        'a name > that is public and leads %s is not followed',
        'putting > goes only where the operator allowed',
      ],
      [MANAGEMENT]: ['data > at %s is refused'],
    },
  },
  'a server of an external URL that answers what it likes, sends without end, or says nothing': {
    tests: {
      [`${EXECUTION}/web-hostile.test.ts`]: [
        'B1: a transfer ends > with a GET and a PUT that are answered with %s',
        'B1: a transfer ends > with a PUT that is answered %d and closed before it was read',
        'B6: an upload > of which the server answers 200 for a part %s has failed',
        'B4: a server > that says %s is given up after a minute',
        'B4: a server > that sends less than the least rate is given up, and one that keeps to it is not',
        'B4: a server > that takes next to nothing of an upload is given up',
      ],
      [`${EXECUTION}/inputs.test.ts`]: ['B4: inputs end at the bytes that the task allows (%s)'],
      'tests/faults/a07-b1-b4-b6-staging.test.ts': [
        'A7: time counts from the lease: a server that says nothing ends with the time of the task',
        'B4: an endless file ends at the bytes that the task allows',
      ],
    },
  },
  "inputs that fill a worker's memory or disk: many slots, large files": {
    tests: {
      [`${EXECUTION}/inputs.test.ts`]: [
        'A7: the same data > in many slots is fetched, counted and kept once',
        'A7: the same data > is the same by its place, key and tag, not by its id',
      ],
      'packages/executors/src/staging-memory.test.ts': [
        'memory for staging > holds all that is kept in it, however many files and tasks there are; everything comes back as it was',
        'A7: a thousand open outputs of a task take no more than its memory and a little for each',
      ],
      'tests/faults/a07-b1-b4-b6-staging.test.ts': [
        'A7: one file in sixty slots counts and is fetched once, and what is more than the task allows is refused',
      ],
    },
  },
  'a function that leaves something in its sandbox for its next call, or waits there for it': {
    tests: {
      'packages/executors/src/languages/reuse-wasm.test.ts': [
        'a second call of WebAssembly in a process > of another domain is never in it: one other participant is enough',
        'a second call of WebAssembly in a process > has memory of its own, in size and content',
      ],
      'packages/executors/src/languages/reuse-javascript.test.ts': [
        'a second call of JavaScript in a process > finds nothing of %s',
      ],
      'packages/executors/src/languages/reuse-cpython.test.ts': [
        'a second call of native Python in a sandbox > finds nothing of %s',
        'a second call of native Python in a sandbox > has no byte of the first in its memory: of its arguments, inputs, outputs and log',
        'a second call where functions may start processes > finds none of them, however they left their parents: nor do they read, write or count',
      ],
      'packages/executors/src/sandbox/kept.test.ts': [
        'a sandbox that serves a second call > is not the one that says %s',
      ],
      'packages/platform/src/services/execution/trust-domain.test.ts': [
        'the trust domain of a task > is another for another %s',
      ],
    },
  },
  'a model made to break out of the native ONNX Runtime, or a runtime that was exchanged': {
    tests: {
      'packages/executors/src/languages/onnx/onnx.test.ts': [
        'builtin/onnx-native > within all layers that are required',
        'builtin/onnx-native > a runtime whose bytes change is not loaded',
        'builtin/onnx-native > a limit that breaks is said by its name: %s',
      ],
      'packages/executors/src/languages/onnx/pinned.test.ts': [
        'the native ONNX Runtime > serves one call a process, which sees two files of the package and has their digests',
        'the native ONNX Runtime > is refused where a file is missing, or another, with what to install',
      ],
      'packages/runners/src/onnx/addon.test.ts': [
        'native code is loaded > not at all where one of the two files is another',
      ],
    },
  },
  'a cancelled task that keeps its place': {
    tests: {
      [`${EXECUTION}/attempt-ends.test.ts`]: [
        'B1: a cancelled attempt > gives its slot back after a while, whatever its %s does',
      ],
      [`${EXECUTION}/lease-work.test.ts`]: [
        'B1: honest tasks go on where a cancelled one waits for ever; the worker is then replaced',
      ],
      'tests/faults/a07-b1-b4-b6-staging.test.ts': [
        'B1: honest tasks go on after hostile servers, and after the cancel of whoever waits for one',
      ],
    },
  },
  'a dead or slow worker that answers late': {
    tests: {
      [SCHEDULER]: [
        'a worker that dies > changes nothing with a result that comes too late',
        'a worker that falls silent > is given up after a lease without a heartbeat; with heartbeats it keeps its lease',
      ],
      [OUTPUTS]: ['outputs > are intended only by the worker that holds the lease'],
    },
  },
  'one user with many tasks, many accounts or many groups, so that others wait': {
    tests: {
      'packages/platform/src/services/scheduler/backlog.test.ts': [
        'fairness > one task waits for at most two of 500 for each of %i slots',
        'fairness > gives nobody more for being many',
        'fairness > keeps to numbers at once: of one, and of each',
      ],
      'packages/platform/src/services/scheduler/fairness.test.ts': [
        'gives the next lease to who has none, also of a worker that has leases ahead',
      ],
    },
  },
  'a clock that is set, a machine that is suspended, a platform that is stopped for a while': {
    tests: {
      'packages/platform/src/services/scheduler/clocks.test.ts': [
        'a task of a healthy worker > L4c: keeps its lease when the platform is %s, three times',
        'a task of a healthy worker > L4b: keeps its lease when the clock is set by %i ms',
      ],
      'packages/enclave/src/tls/tls.test.ts': [
        'renewal > L4a: happens when it is used after the clock was set %s by a day, on both sides',
      ],
    },
  },
  'an output that two tasks have, or that is registered twice, so that one destroys what the other wrote': {
    tests: {
      'tests/faults/l1-b3-outputs.test.ts': [
        'L1, B3: an output that two tasks have (%s) > is the first one’s that is invoked, for ever once it is written',
        'L1: of two tasks that are invoked at the same moment one is refused, and the other’s output is right',
        'B3: the file of an output is registered once, with another key nobody gets a second record of it',
      ],
    },
  },
  'a worker that writes an output after its lease': {
    tests: {
      [`${STORAGE}/routes.test.ts`]: [
        'PUT > of an output ends with its attempt: what is under way is cut off, and nothing comes after it',
        'PUT > of an output that was adopted is refused, also under a lease',
      ],
      'packages/platform/src/services/scheduler/lost-streams.test.ts': [
        'what a worker may read and write for a lease ends with its stream',
      ],
    },
  },
  'a number that is approved as one and computed as another': {
    tests: {
      'tests/attacks/arguments.test.ts': [
        'A13: %s/%s computes with the numbers that were approved',
        'A13: %s is refused by name',
      ],
    },
  },
  "an id that looks like another's, or that is a path, an option or a pattern": {
    tests: {
      [AUTHENTICATION]: [
        '%s is refused',
        'B8: ids that look like another are refused as long as that one is there, and one at a time',
        'B8: groups whose names look like another are refused as long as that one has members',
      ],
    },
  },
  'names with control characters, marks of direction or invisible characters': {
    tests: {
      [NAMES]: ['A11: %s with what is not seen is refused', "A11: a function's words reach no terminal raw"],
      'packages/platform/src/compose/log.test.ts': [
        "A11: a stranger's text stays within its line, and reaches no terminal raw",
      ],
      'packages/cli/src/terminal/terminal.test.ts': [
        'the terminal > lets no name of a stranger move the cursor or turn the text around',
      ],
    },
  },
  'names like `__proto__` and `constructor`': {
    tests: {
      [NAMES]: [
        'A10: slots and arguments may be called like members of every object, and outputs are found again',
        'A10: __proto__ is no name among the %s',
      ],
    },
  },
  'huge or deep inputs': {
    tests: {
      'tests/api.test.ts': [
        'a message that is announced as longer than any may be is refused before it is there',
      ],
      'packages/platform/src/domain/arguments.test.ts': ['arguments > that are %s'],
      'packages/protocol/src/manifest.test.ts': [
        'bytes of strangers > are refused or read whole: any bytes, any JSON',
      ],
      'packages/attestation/src/json/scan.test.ts': [
        'members with their exact text > depth is bounded before anything is parsed',
      ],
    },
  },
  'another party deletes what I need: data of several, the result of a common task, an input of a task that runs':
    {
      tests: {
        'packages/platform/src/services/management/delete.test.ts': [
          'data > of several goes when all have said so who are there',
          'data > is not deleted while a task that is open names it',
          'data > and an assignment that is committed meanwhile: the deletion sees it, or is seen',
          'a task > with a result goes when all of its participants have said so; what it wrote stays',
        ],
      },
    },
  'the operator keeps something no longer before its owner has fetched it': {
    tests: {
      'tests/retention.test.ts': ['what the operator keeps no longer goes at the next start, and says so'],
      'packages/platform/src/retention/retention.test.ts': [
        'results > go alone: the task stays and says that it succeeded, never an empty result',
      ],
    },
  },
  'lists of the largest records, thousands of uploads, a disk that is filled': {
    tests: {
      'tests/faults/a05-lists.test.ts': ['A5: lists of the largest records > cost what is shown of them'],
      'tests/faults/a08-uploads.test.ts': [
        'A8: uploads > sent at the same time fill the quota and no more; what was given up is given back',
      ],
      'tests/faults/a08-small-disk.test.ts': [
        'A8: uploads of ten times the disk are refused by name, and everything else goes on',
      ],
      'packages/platform/src/state/holdings.test.ts': [
        'a quota > is exact when many calls want the last of it at once',
      ],
    },
  },
};
