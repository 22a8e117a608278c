/** Of what docs/operations/faults.md says that holds under faults: what shows it. */
import type { Evidence } from '../threat-model/evidence.ts';

const SCHEDULER = 'packages/platform/src/services/scheduler';
const CLOCKS = `${SCHEDULER}/clocks.test.ts`;
const EXECUTION = 'packages/platform/src/services/execution';
const BLOBS = 'packages/platform/src/services/storage/blobs.test.ts';
const ROUTES = 'packages/platform/src/services/storage/routes.test.ts';
const AUTHENTICATION = 'packages/platform/src/services/authentication';
const OUTPUTS = 'tests/faults/l1-b3-outputs.test.ts';
const FULL = 'tests/faults/l2-disk-full.test.ts';
const PAUSES = 'tests/faults/l4-pauses.test.ts';
const HOST = 'tests/faults/l8-host-of-a-worker.test.ts';

export const clocks: Readonly<Record<string, Evidence>> = {
  'A clock that is set': {
    tests: {
      [CLOCKS]: [
        'a task of a healthy worker > L4b: keeps its lease when the clock is set by %i ms',
        'a task of a healthy worker > is still lost with a worker that says nothing for a lease, whatever is done to the clock',
      ],
      [`${AUTHENTICATION}/throttle.test.ts`]: [
        'takes a burst of guesses, then one for each refill, and says when',
      ],
    },
    why: 'No clock of a machine is set by a test: others run on it.',
  },
  'A platform that stood still': {
    tests: {
      [PAUSES]: ['L4: a task keeps its first attempt > %s'],
      [CLOCKS]: [
        'a task of a healthy worker > L4c: keeps its lease when the platform is %s, three times',
        'a worker that has just gone is waited for, however long the platform stood still',
      ],
    },
  },
  'A worker that stood still': { tests: { [PAUSES]: ['L4: a task keeps its first attempt > %s'] } },
  'Certificates and evidence': {
    tests: {
      'packages/enclave/src/tls/tls.test.ts': [
        'renewal > L4a: happens when it is used after the clock was set %s by a day, on both sides',
        'renewal > that fails when it is due leaves the old certificate, and is not tried for each connection',
      ],
    },
  },
  Tokens: {
    tests: {
      [`${AUTHENTICATION}/tokens.test.ts`]: [
        'L4d: a token of a time that is to come is none, also when it was verified before',
        'a token holds no longer than tokens do since',
      ],
      [`${AUTHENTICATION}/authentication.test.ts`]: [
        'a token > cannot hold for %d s',
        'a token > goes on where its own session sets a new password, and every other of the account ends',
      ],
    },
  },
};

export const outputs: Readonly<Record<string, Evidence>> = {
  'Attempts do not meet': {
    tests: {
      [OUTPUTS]: [
        'L1: of two tasks that are invoked at the same moment one is refused, and the other’s output is right',
      ],
      [BLOBS]: [
        'an output > can be read once an attempt was adopted, and then is that attempt’s alone, for ever',
      ],
    },
  },
  'One commit': {
    tests: {
      'packages/platform/src/tasks/outputs.test.ts': [
        "outputs > have an attempt's file adopted and its tag kept, in the commit of the result",
        'outputs > without a tag, or without the file that an attempt should have written, fail the task',
      ],
    },
  },
  'One record for each file': {
    tests: {
      [OUTPUTS]: [
        'B3: the file of an output is registered once, with another key nobody gets a second record of it',
      ],
      [BLOBS]: ['an output > is registered as one data record at most'],
    },
  },
  'One task for each output': {
    tests: {
      [OUTPUTS]: [
        'L1, B3: an output that two tasks have (%s) > is the first one’s that is invoked, for ever once it is written',
        'L1, B3: an output that two tasks have (%s) > is free for the second when the first ends without having written it',
        'a task that is cancelled before it has begun gives its output back',
      ],
    },
  },
  'The right to write': {
    tests: {
      [ROUTES]: [
        'PUT > of an output ends with its attempt: what is under way is cut off, and nothing comes after it',
      ],
      [`${SCHEDULER}/lost-streams.test.ts`]: [
        'what a worker may read and write for a lease ends with its stream',
      ],
    },
  },
  'What was acknowledged': {
    tests: {
      [ROUTES]: [
        'PUT > writes once',
        'PUT > of an output that was adopted is refused, also under a lease',
        'PUT > of an output that nobody adopts is removed when its attempt is over; one that was adopted stays',
      ],
    },
  },
};

export const store: Readonly<Record<string, Evidence>> = {
  'A write that fails': {
    tests: {
      [`${SCHEDULER}/outage.test.ts`]: [
        'an outage whose first commit is %s > at a lease leaves the backlog as it is',
        'an outage whose first commit is %s > at the end of a task keeps its result',
        'an outage whose first commit is %s > at the death of a worker gives its task to another, and counts the attempt',
        'an outage whose first commit is %s > while a lease is given back',
        'an outage whose first commit is %s > while a task ends that nobody can run',
      ],
    },
  },
  'A look each minute': {
    tests: {
      [`${SCHEDULER}/reconcile.test.ts`]: [
        'a task > whose lease could not be written',
        'a task > whose result could be written as little as that it is lost',
        'a task > whose cancellation was written without an acknowledgement, is taken from its worker',
      ],
    },
  },
  'A result': {
    tests: {
      [`${EXECUTION}/kept-results.test.ts`]: ['a result is kept until it is acknowledged'],
      'tests/faults/l2-lost-connection.test.ts': [
        'L2: a result counts, although the connection was lost > %s',
      ],
    },
  },
  'A failed fsync': {
    tests: {
      'tests/faults/l5-failed-fsync.test.ts': [
        'L5: a platform whose disk fails to confirm a write > (%s) ends, says why, and starts again with all that it acknowledged',
      ],
      'packages/platform/src/compose/health.test.ts': [
        'one that cannot write is not ready any more before anybody is told to end it',
      ],
    },
  },
  'A full disk': {
    tests: {
      [FULL]: [
        'L2: a disk that is full > keeps neither leases nor results from their tasks for longer than it is full',
        'L2: a disk that is full > refuses a file at once, by that name, and takes it when there is room',
      ],
      'tests/faults/a08-small-disk.test.ts': [
        'A8: uploads of ten times the disk are refused by name, and everything else goes on',
      ],
      [ROUTES]: ['L8: who sends on to a disk without room still gets the refusal, and the connection ends'],
    },
  },
};

export const processes: Readonly<Record<string, Evidence>> = {
  'A spawn that fails': {
    tests: {
      'tests/faults/l3-worker-not-started.test.ts': [
        'L3: a worker dies while descriptors are short: it is started again when they are not (skipped: no Linux)',
      ],
      'packages/platform/src/compose/worker-processes.test.ts': [
        'a worker that cannot be started, %s > is tried again, later and later, until it runs',
      ],
      'packages/executors/src/sandbox/pool.test.ts': [
        'a runner that does not start > is reported with what it said, tried again ever less often, and fails who waits',
      ],
    },
  },
  'An executor that does not start': {
    tests: {
      'tests/faults/l3-executor-not-started.test.ts': [
        'L3: an executor whose program does not start, then does, then does not',
      ],
      'packages/executors/src/sandbox/ability.test.ts': [
        'is to come until the first process has started, then able, unable while none starts, and able again by itself',
      ],
    },
  },
  'The process that was started': {
    tests: { 'tests/faults/launcher-killed.test.ts': ['by %s, and %s: nothing is left'] },
  },
  'An interpreter behind a link': {
    tests: {
      'packages/executors/src/languages/cpython/venv.test.ts': [
        'a virtual environment > %s runs functions with its modules',
      ],
      'packages/executors/src/sandbox/os/mounts.test.ts': [
        'are of a link within a folder what it leads to, link by link, and nothing more',
      ],
    },
  },
  'A sandbox that the kernel killed': {
    tests: {
      [HOST]: [
        'L8: a function > whose process the kernel kills, as where memory is short, runs again, and fails at the last attempt',
      ],
      'packages/executors/src/sandbox/sandbox-executor.test.ts': [
        'a process that does not keep to the protocol > its death by SIGKILL, which the kernel sends where memory is short: it may run elsewhere',
      ],
    },
  },
  'Reasons without paths': {
    tests: {
      [HOST]: [
        'L8: a function > for whose output a worker has no room on its disk fails at the last attempt without a path, and later does not',
      ],
      [`${EXECUTION}/attempt.test.ts`]: [
        "what the worker's host does to an attempt > is never told to participants with a path: %s",
      ],
    },
  },
  'Left-over files': {
    tests: {
      'packages/enclave/src/sealing/root-key.test.ts': [
        'another key > of a program that ran before, or of half a write, is passed over and then removed',
      ],
      'packages/platform/src/compose/internal.test.ts': [
        'lies elsewhere, goes with its process, and after a kill with the next start',
      ],
    },
  },
};
