/** Of each role in docs/threat-model.md: what shows that it may, and what shows that it must not be able to. */
import type { Evidence } from './evidence.ts';

const ACCESS = 'packages/platform/src/services/access-control/access-control.test.ts';
const AUTHENTICATION = 'packages/platform/src/services/authentication/authentication.test.ts';
const MANAGEMENT = 'packages/platform/src/services/management/management.test.ts';
const ENGINE = 'packages/platform/src/tasks/engine/engine.test.ts';
const SCHEDULER = 'packages/platform/src/services/scheduler/scheduler.test.ts';
const BANKS = 'tests/three-banks.test.ts';
const ATTESTED = 'tests/attested.test.ts';
const HOSTILE = 'tests/attacks/hostile-methods.test.ts';
const MACHINE = 'packages/enclave/src/machine/machine.test.ts';
const ANCHORING = 'packages/store/src/embedded/anchoring.test.ts';
const EXECUTORS = 'packages/executors/src';
const ATTACKS = 'tests/attacks/accounts.test.ts';

/** Policies, by role and row. */
const policies = { [ACCESS]: ['every role, row by row > %s'] };
/** Each method of the API, by attacker. */
const hostile = {
  [HOSTILE]: [
    '%s > has tried every public method, and learnt nothing of the bank’s',
    '%s > has run nothing on it',
  ],
};

export const roles: Readonly<Record<string, Evidence>> = {
  'another party > may': {
    tests: {
      ...policies,
      [BANKS]: ['three banks > get the totals of their common customers, each under its own key'],
    },
  },
  'another party > must not be able to': {
    tests: {
      ...policies,
      ...hostile,
      [MANAGEMENT]: ['a task > is shown to its participants alone'],
      [BANKS]: [
        'three banks > are refused while one withholds its approval, and told who is missing',
        'three banks > are refused when one puts another file in after the approvals',
      ],
    },
  },
  'task creator > may': {
    tests: {
      [ENGINE]: ['a task > is invoked, and its options set, by its creator only'],
      [BANKS]: ['three banks > get the totals of their common customers, each under its own key'],
    },
  },
  'task creator > must not be able to': {
    tests: {
      [ENGINE]: [
        'a task > has no approvals after a change of data or options',
        'a task > is not invoked with approvals of another manifest, whoever left them there',
        'a task > is not invoked when a participant is gone, who is named, or its function is disabled',
      ],
      [BANKS]: ['three banks > run the version that they approved, whatever the function has become'],
      'packages/platform/src/services/execution/approved-task.test.ts': ['a lease > is refused: %s'],
    },
  },
  'function owner > may': {
    tests: {
      ...policies,
      [AUTHENTICATION]: ['a group > is whoever’s who brought its first member, as long as it has members'],
      [ATTACKS]: [
        'beside a bank that nobody ends > A12: what its owner disabled its owner enables, and nobody else',
      ],
    },
  },
  'function owner > must not be able to': {
    tests: {
      ...policies,
      ...hostile,
      [BANKS]: ['three banks > run the version that they approved, whatever the function has become'],
      [ATTACKS]: [
        'beside a bank that nobody ends > A12: what the administrator disabled stays disabled, whatever its owner does',
        'beside a bank that nobody ends > A1: a function owner invites no manager into a group that has members of others',
        'beside a bank that nobody ends > A1: nor is a manager whom an administrator made the master of members that others registered',
      ],
    },
  },
  'manager of a group > may': {
    tests: {
      ...policies,
      [AUTHENTICATION]: ['a group > has managers who act on those they invited, and on no others'],
    },
  },
  'manager of a group > must not be able to': {
    tests: {
      ...policies,
      ...hostile,
      [AUTHENTICATION]: ['a group > has managers who act on those they invited, and on no others'],
      [ATTACKS]: [
        'beside a bank that nobody ends > A1: in a group of its own making it rules over accounts, and inherits nothing from them',
      ],
    },
  },
  'network, proxies > may': {
    tests: {
      'packages/client/src/transfer/transfer.test.ts': [
        'a file > goes up encrypted and comes back, over connections that break (%s)',
      ],
      'packages/client/src/watch.test.ts': [
        'watching > goes on over broken connections and says nothing twice',
      ],
    },
  },
  'network, proxies > must not be able to': {
    tests: {
      [ATTESTED]: [
        'somebody in the middle > with a certificate of its own is detected before it sees a byte',
        'somebody in the middle > that shows the platform’s own evidence with another key is detected, too',
      ],
      'tests/attacks/stolen-tls-key.test.ts': [
        'a stolen TLS key > does not help a relay: the client refuses before it says who it is (%s)',
        'a stolen TLS key > does not help who replays what a victim was once told',
      ],
      'tests/attacks/diversion.test.ts': [
        'another genuine instance > is refused where the one that is meant was named',
        'another genuine instance > is refused where another was seen before',
      ],
    },
  },
  "operator, machine's owner > may": {
    tests: {
      [ATTESTED]: ['gaiwan attest > shows what a service is, and accepts it by auditors or by a policy'],
      'tests/measure.test.ts': ['a configuration > is measured by what it says, not by how it is written'],
      'tests/start-stop.test.ts': ['a platform > that is closed has nothing open'],
    },
  },
  "operator, machine's owner > must not be able to": {
    tests: {
      [ATTESTED]: [
        'three banks that trust two auditors > with another installation > refuse an altered bundle',
        'a platform > does not start with code before it that nobody measured',
        'a platform of its own > has a data folder that opens for the same program and configuration only, and the error names the register',
      ],
      'tests/attacks/a9-core-dumps.test.ts': [
        'no core dump > of a platform or its workers has memory, whatever limit they were started with',
      ],
    },
    why: 'That the memory of a TEE is its own is a promise of the hardware, which no test here can see.',
  },
  'an auditor > may': {
    tests: {
      'packages/cli/src/commands/audit.test.ts': [
        'gaiwan audit > measures, signs, and counts auditors; openssl signs too',
      ],
    },
  },
  'an auditor > must not be able to': {
    tests: {
      [ATTESTED]: [
        'three banks that trust two auditors > refuse a wrong signature of an auditor, and ask nobody',
      ],
      'packages/trust/src/reference/auditors.test.ts': ['auditors > the same one three times is one'],
    },
  },
  'key broker > may': {
    tests: {
      [MACHINE]: [
        'a key broker > keeps it back from another, and says which register differs',
        'a key broker > that keeps its key back, or is gone, is an anchor that does not answer',
      ],
      'tests/attacks/rollback-at-a-key-broker.test.ts': [
        'a platform whose anchor is a key broker > refuses an older data folder, and serves the newest',
      ],
      [ANCHORING]: [
        'an anchor that does not answer > is not waited for for ever, and then nothing more is written',
      ],
    },
  },
  'key broker > must not be able to': {
    why: 'Of the data it gets nothing: its protocol (docs/enclave/sealing.md) has the names of keys, and of states the epoch, the count and a digest.',
  },
  'attestation service > may': {
    tests: {
      'tests/attestation-service.test.ts': ['a report > is not made of what is forged'],
    },
  },
  'attestation service > must not be able to': {
    tests: {
      'tests/attestation-service.test.ts': [
        'the service > is told nothing by a platform that expects another program there',
      ],
    },
  },
  "store's disk > may": {
    tests: {
      'tests/attacks/rollback-of-the-whole.test.ts': [
        'a platform without an anchor > says so, and takes an older data folder for the newest',
      ],
      'tests/attacks/l7-older-store.test.ts': [
        'a platform over an older store > without the blobs says blob-missing, to whoever downloads and to whoever registers',
      ],
    },
  },
  "store's disk > must not be able to": {
    tests: {
      'packages/store/src/embedded/trouble.test.ts': ['what the disk holds > shows no key, name or value'],
      'packages/store/src/embedded/model.test.ts': ['every single-row edit is noticed, %s'],
      'tests/attacks/a04-disk-edits.test.ts': ['%s'],
      'tests/attacks/rollback-of-the-whole.test.ts': [
        'a platform with an anchor > refuses an older data folder, a fork of it and a restored backup, until a recovery says a new epoch',
      ],
    },
  },
  "worker's temporary folder > may": {
    tests: {
      [`${EXECUTORS}/builtin/pool.test.ts`]: ['staged data > a changed, cut or reordered spool is refused'],
    },
  },
  "worker's temporary folder > must not be able to": {
    tests: {
      [`${EXECUTORS}/builtin/pool.test.ts`]: [
        'staged data > a spool shows nothing of what is in it',
        'staged data > a changed, cut or reordered spool is refused',
      ],
      [`${EXECUTORS}/sandbox/sandbox-executor.test.ts`]: [
        'a job > a spool that is changed meanwhile ends it',
      ],
    },
  },
  'function > may': {
    tests: {
      [`${EXECUTORS}/builtin/pool.test.ts`]: [
        'the built-in executor > hands inputs and outputs through, in memory and on disk',
      ],
      [`${EXECUTORS}/sandbox/sandbox-executor.test.ts`]: [
        'a job > copies inputs to outputs, in memory and on disk',
      ],
    },
  },
  'function > must not be able to': {
    tests: {
      [`${EXECUTORS}/sandbox/os/escape-host.test.ts`]: [
        'namespaces alone > tried in one process: > there is no way out: a %s',
        'namespaces alone > tried in one process: > %s is not there',
        'namespaces alone > tried in one process: > no environment, neither its own nor that of what started it',
      ],
      [`${EXECUTORS}/sandbox/os/escape-resources.test.ts`]: [
        'namespaces and the worker’s own watch > nothing survives its job, also in a session of its own',
      ],
      [`${EXECUTORS}/sandbox/sandbox-executor.test.ts`]: ['limits end the sandbox, and it alone > %s'],
      [`${EXECUTORS}/languages/escape-javascript.test.ts`]: [
        'hostile JavaScript > is stopped by there being nothing: > files of other tasks and of the host',
      ],
      [`${EXECUTORS}/languages/escape-wasm.test.ts`]: [
        'hostile WebAssembly > is stopped by the checks of host functions: > %s',
        'hostile WebAssembly > finds nothing of the job before it in its memory',
      ],
      [`${EXECUTORS}/languages/escape-pyodide.test.ts`]: [
        'the interpreter layer alone: python/mesapy > tried in one process: > a server of the host hears nothing',
      ],
      [`${EXECUTORS}/languages/escape-cpython.test.ts`]: [
        'layers around python/cpython > tried in one process: > %s stops %s',
      ],
    },
  },
  'worker process > may': {
    tests: {
      'packages/platform/src/services/execution/alterations.test.ts': [
        'a lease for %s > is worked on as it is',
      ],
    },
  },
  'worker process > must not be able to': {
    tests: {
      [SCHEDULER]: [
        'a worker that dies > changes nothing with a result that comes too late',
        'a worker that dies > changes nothing with a token that it never held',
      ],
      'packages/platform/src/tasks/outputs.test.ts': [
        'outputs > are intended only by the worker that holds the lease',
      ],
      'packages/platform/src/services/storage/capability.test.ts': ['%s opens nothing'],
      'tests/attacks/stolen-worker-key.test.ts': [
        'a worker > is served leases and files, and no other method',
      ],
      'packages/platform/src/services/storage/routes.test.ts': [
        'a capability > is for one file, one way and some minutes',
      ],
    },
  },
  'platform administrator > may': {
    tests: {
      ...policies,
      [ACCESS]: ['every role, row by row > %s', 'endpoints by role > %s'],
      'tests/api.test.ts': [
        'a quota holds under concurrent invocations, and the audit log tells who did what',
      ],
    },
  },
  'platform administrator > must not be able to': {
    tests: {
      ...policies,
      ...hostile,
      [AUTHENTICATION]: ['an administrator does nothing to another'],
      [ATTACKS]: [
        'against a bank > A2: a reset by the administrator begins a new account',
        'against a bank > A2: so does an update, which sets a password',
        'beside a bank that nobody ends > nobody acts on an administrator but itself',
      ],
    },
  },
  'whoever starts the platform > may': {
    tests: { [AUTHENTICATION]: ['the first administrator > is made once, not again after a restart'] },
  },
  'whoever starts the platform > must not be able to': {
    tests: {
      [AUTHENTICATION]: [
        'the first administrator > is made once, not again after a restart',
        'a data folder without users > that had an administrator gets none by a restart, whoever took the users away',
      ],
    },
  },
};
