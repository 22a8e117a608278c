/** Mistakes, each put back into a copy of the product: the simulated world must find it. What is said here is in docs/simulation.md, too. */

import type { HistoryKind } from '@gaiwan/sim';

export interface Edit {
  /** Below `packages/`, as it is built. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly from: string;
  readonly to: string;
}

export interface Mutation {
  readonly name: string;
  /** Which histories find it; default: those of the store. */
  readonly kind?: HistoryKind;
  /** What is wrong with it. */
  readonly what: string;
  readonly edits: readonly Edit[];
}

const DATABASE = 'store/dist/embedded/database.js';
const OPEN = 'store/dist/embedded/open.js';
const SEALED = 'store/dist/embedded/sealed-tables.js';
const KEYS = 'store/dist/embedded/keys.js';
const KEY_FILES = 'enclave/dist/sealing/key-files.js';

const SCHEDULER = 'platform/dist/services/scheduler/scheduler.js';
const BLOBS = 'platform/dist/services/storage/blobs.js';

/** Of the platform. The first ones are what was found by hand before there was a simulated world, each with its fix taken out. */
const ofPlatforms: readonly Mutation[] = [
  {
    name: 'two tasks write one output',
    kind: 'platform',
    what: 'attempts of two tasks have one file, and a task is invoked with an output that another has: a result is destroyed',
    edits: [
      { file: 'platform/dist/tasks/lease.js', from: '{taskId}-a', to: "{''}a" },
      {
        file: 'platform/dist/services/management/tasks.js',
        from: 'takenOutputs: await takenOutputs(tx, before)',
        to: 'takenOutputs: []',
      },
      {
        file: 'platform/dist/services/storage/upload.js',
        from: "record.kind !== 'output' || record.complete",
        to: "record.kind !== 'output'",
      },
    ],
  },
  {
    name: 'a store that takes no writes for a while',
    kind: 'platform',
    what: 'a lease or a result that met a full disk is given up, and nothing takes it up again',
    edits: [
      {
        file: 'platform/dist/services/scheduler/outage.js',
        from: 'PASSING.has(error.code)',
        to: 'false',
      },
      { file: SCHEDULER, from: 'this.#background(this.#reconcile());', to: ';' },
    ],
  },
  {
    name: 'a worker that could not be started',
    kind: 'platform',
    what: 'a system that has no process to give once never gets the chance again',
    edits: [
      {
        file: 'platform/dist/compose/worker-processes.js',
        from: "child.once('error', (cause) => this.#startAgain(",
        to: "child.once('error', (cause) => void (",
      },
    ],
  },
  {
    name: 'an executor that did not start',
    kind: 'platform',
    what: 'it is not tried again',
    edits: [
      {
        file: 'platform/dist/services/execution/lazy-executor.js',
        from: 'void this.start();\n        }, wait)',
        to: '}, wait)',
      },
    ],
  },
  {
    name: 'leases that run by a clock',
    kind: 'platform',
    what: 'after a pause of the platform all workers count as silent, and tasks lose attempts that nothing has cost',
    edits: [
      { file: SCHEDULER, from: 'this.#watched += CHECK_MS;', to: 'this.#watched = performance.now();' },
    ],
  },
  {
    name: 'a platform that goes on after a failed sync',
    kind: 'platform',
    what: 'it stays up, and refuses every write',
    edits: [{ file: 'platform/dist/compose/health.js', from: 'this.#failed.resolve(', to: 'void (' }],
  },
  {
    name: 'a failed sync of a file that is taken for done',
    kind: 'platform',
    what: 'an upload is acknowledged that a power loss takes',
    edits: [
      {
        file: 'platform/dist/services/storage/body.js',
        from: "throw new StoreError('sync-failed', 'the disk failed to confirm a write of a file', { cause });",
        to: ';',
      },
    ],
  },
  {
    name: 'an audit entry beside its commit',
    kind: 'platform',
    what: 'a kill takes the entry of what was acknowledged',
    edits: [
      { file: 'platform/dist/pipeline/steps.js', from: 'tx.audit([call.success()]);', to: ';' },
      { file: 'platform/dist/pipeline/pipeline.js', from: 'if (!method.commits)', to: 'if (true)' },
    ],
  },
  {
    name: "files of an attempt go though nobody knows whether they are the task's",
    kind: 'platform',
    what: 'a result whose commit was not confirmed is found at the next start, and its output is not',
    edits: [
      {
        file: SCHEDULER,
        from: "finally {\n            worker.outbox.push({ message: { case: 'ack'",
        to: "finally {\n            if (current) this.#discard({ taskId, token });\n            worker.outbox.push({ message: { case: 'ack'",
      },
    ],
  },
  {
    name: 'the folder of files has its name in memory alone',
    kind: 'platform',
    what: 'a power loss takes it, with all uploads that were acknowledged',
    edits: [{ file: BLOBS, from: 'await syncFolder(dirname(options.folder));', to: ';' }],
  },
];

/** Of the store. */
const ofStores: readonly Mutation[] = [
  {
    name: 'folders above the data folder are not synced',
    what: 'the name of the data folder, or of one that it is in, is in memory alone',
    edits: [{ file: OPEN, from: 'await syncFolder(dirname(at));', to: ';' }],
  },
  {
    name: 'a refused batch leaves its first queue operations',
    what: 'what was refused is there in part',
    edits: [
      { file: SEALED, from: 'this.#state.journal.undoTo(mark);', to: '' },
      { file: SEALED, from: 'this.#tables.rollbackToSavepoint();', to: 'this.#tables.releaseSavepoint();' },
    ],
  },
  {
    name: 'no fsync before the acknowledgement',
    what: 'SQLite leaves the log to the system: an acknowledged commit is in memory alone',
    edits: [{ file: DATABASE, from: 'synchronous = FULL', to: 'synchronous = NORMAL' }],
  },
  {
    name: 'a rename without a sync of its folder',
    what: 'the sealed root key has its name in memory alone when the store is wrapped under it',
    edits: [{ file: KEY_FILES, from: 'await syncFolder(path);', to: '' }],
  },
  {
    name: 'a rename before the content is synced',
    what: 'the sealed root key has its name, and not its bytes',
    edits: [{ file: KEY_FILES, from: 'await file.sync();', to: '' }],
  },
  {
    name: 'the old root key goes before the store is wrapped under the new one',
    what: 'an end in between leaves a store that no key opens',
    edits: [
      { file: KEYS, from: "await this.#link.request(() => ({ kind: 'rotate', root }));", to: '' },
      {
        file: KEYS,
        from: 'await this.#settle(candidate);\n    }\n    /** Where',
        to: "await this.#settle(candidate);\n        await this.#link.request(() => ({ kind: 'rotate', root }));\n    }\n    /** Where",
      },
    ],
  },
  {
    name: 'the last version of a deleted key is forgotten',
    what: 'a counter that is not in the commit: an old expectation fits a new value',
    edits: [
      { file: SEALED, from: 'this.#tables.putGone(blinded, head);', to: '' },
      { file: SEALED, from: "this.#state.set('gone', { key: blinded, head }, kindOf(key));", to: '' },
    ],
  },
  {
    name: 'memory is not undone with its transaction',
    what: 'after an error of the disk, the store expects rows that it has rolled back',
    edits: [{ file: SEALED, from: 'this.#state.journal.undoTo(0);', to: '' }],
  },
  {
    name: 'acknowledged before the anchor has it',
    what: 'an older disk passes for the newest, and acknowledged commits are gone',
    edits: [{ file: OPEN, from: 'await this.#anchoring?.acknowledged().catch(asWritten);', to: '' }],
  },
  {
    name: 'the anchor is not asked at the start',
    what: 'an older disk opens, though something remembers a newer state',
    edits: [{ file: OPEN, from: 'requireNewest(anchored, state);', to: '{ }' }],
  },
  {
    name: 'expectations are not looked at',
    what: 'two writers take the same version for theirs',
    edits: [{ file: SEALED, from: 'if (is !== version)', to: 'if (false)' }],
  },
  {
    name: 'the log is not settled at the start',
    what: 'after a failed fsync and a restart, commits come behind a page that was read and never written',
    edits: [{ file: OPEN, from: 'await settle(join(folder, DATABASE));', to: '' }],
  },
];

/** Those that `npm test` tries are the first of each. */
export const mutations: readonly Mutation[] = [...ofStores.slice(0, 2), ...ofPlatforms, ...ofStores.slice(2)];
