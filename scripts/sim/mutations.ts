/** Mistakes, each put back into a copy of the product: the simulated world must find it. What is said here is in docs/simulation.md, too. */

export interface Edit {
  /** Below `packages/`, as it is built. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly from: string;
  readonly to: string;
}

export interface Mutation {
  readonly name: string;
  /** What is wrong with it. */
  readonly what: string;
  readonly edits: readonly Edit[];
}

const DATABASE = 'store/dist/embedded/database.js';
const OPEN = 'store/dist/embedded/open.js';
const SEALED = 'store/dist/embedded/sealed-tables.js';
const KEYS = 'store/dist/embedded/keys.js';
const KEY_FILES = 'enclave/dist/sealing/key-files.js';

/** First those of which `npm test` tries some. */
export const mutations: readonly Mutation[] = [
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
