/** The interfaces through which services know each other: a network hop or a call in memory, they cannot tell. */
import type { Subject } from '@gaiwan/protocol';
import type { Key } from '@gaiwan/store';
import type { AccountKey } from './domain/keys.ts';
import type { DataRecord, DisabledBy, Role, TaskRecord } from './domain/records.ts';

/** An authenticated user: the role is the record's, not the token's. */
export interface Caller {
  /** The name, for people and on the wire. Nothing is decided by it. */
  readonly id: string;
  /** Who it is. */
  readonly subject: Subject;
  readonly role: Role;
  /** The key that the account has now; absent where it rests on its password. */
  readonly key?: AccountKey;
  /** Remote address, for the audit log. */
  readonly address: string;
  /** Which login it is of. */
  readonly session?: string;
}

/** The time of day, which somebody may set: for what is compared with others' times or outlives the process. */
export interface Clock {
  /** ms since the epoch. */
  now(): number;
}

/** How long something takes. Nobody can set it, and it never goes back; it says nothing to another process. */
export interface Stopwatch {
  /** ms since some moment of this process. */
  monotonic(): number;
}

/** Time comes in as a value: both of its readings. */
export interface SystemClock extends Clock, Stopwatch {}

/** Of a transaction that is another's: what is read and written here is part of its commit. */
export interface Records {
  read<T>(key: Key): Promise<T | undefined>;
  /** Gives the record's length in bytes. */
  put(key: Key, record: object): number;
  putBytes(key: Key, value: Uint8Array): void;
  delete(key: Key): void;
  append(log: string, value: Uint8Array): void;
  /** Gets whether the commit held. */
  onEnd(listener: (committed: boolean) => void): void;
}

/** The same, of one that deletes. */
export interface DeletingRecords extends Records {
  /** A key that says something by being there. */
  mark(key: Key): void;
}

/** Used by the frontend. */
export interface Authenticator {
  /** Rejects with `PlatformError` (16). */
  authenticate(id: string, token: string, address: string): Promise<Caller>;
}

/** The one decision function of access control. */
export interface AccessControl {
  /** Throws `PlatformError` (7, `permission denied`) with the deciding policy's id unless a policy permits. */
  require(question: AccessQuestion): void;
  /** The same answer as a value. */
  permits(question: AccessQuestion): boolean;
}

/** What policies know of a thing. */
export type AccessResource =
  | { readonly type: 'Data'; readonly id: string; readonly owners: readonly Subject[] }
  | {
      readonly type: 'Function';
      readonly id: string;
      readonly owner: Subject;
      readonly public: boolean;
      readonly codeHidden: boolean;
      readonly disabledBy: DisabledBy | undefined;
      readonly groups: readonly string[];
      readonly people: readonly Subject[];
    }
  | {
      readonly type: 'Task';
      readonly id: string;
      readonly creator: Subject;
      readonly participants: readonly Subject[];
      readonly logReaders: readonly Subject[];
    }
  | { readonly type: 'Agreement'; readonly id: string; readonly participants: readonly Subject[] }
  | AccountFacts;

/** An account that is there, that is to begin, or that a change would make. */
export interface AccountFacts {
  readonly type: 'Account';
  /** The name. */
  readonly id: string;
  /** Absent: there is none yet. */
  readonly subject?: Subject;
  readonly role: Role;
  /** The group whose manager registered it. */
  readonly invitedTo?: string;
  /** Who made the group that it is in, or would come into. Absent: nobody is in it. */
  readonly groupMadeBy?: Subject;
}

export interface AccessQuestion {
  readonly caller: Pick<Caller, 'id' | 'subject' | 'role'>;
  /** A Cedar action, e.g. `GetTask`. */
  readonly action: string;
  /** Without a resource: may this role call this endpoint at all? */
  readonly resource?: AccessResource;
}

/** What management tells the scheduler after a commit; the queue in the store is the truth, this only wakes it. */
export interface TaskScheduler {
  enqueue(task: TaskRecord): void;
  /** Workers that hold it are told to stop. */
  drop(task: TaskRecord): void;
  /** Is there a worker that can run it, now or soon? While none is attached, nobody knows: true. */
  canRun(task: TaskRecord): boolean;
  /** Are there two workers that can run it, now or soon? */
  hasTwoWorkersFor(task: TaskRecord): boolean;
  /** Is there a worker that is able to run it, as things are? */
  hasAbleWorkerFor(task: TaskRecord): boolean;
}

/** Tells watchers that a task has a new durable state. */
export interface TaskEvents {
  publish(task: TaskRecord): void;
  /** The states published after the call; ends after an ended task or when the signal aborts. */
  subscribe(taskId: string, signal: AbortSignal): AsyncIterable<TaskRecord>;
}

/** What goes on by a right of limited life, an account's or a lease's. Dispose of it when it is over. */
export interface Hold extends Disposable {
  /** Aborted once the account or the lease is gone; at once, where it is gone already. */
  readonly signal: AbortSignal;
}

export interface Accounts {
  hold(subject: Subject): Promise<Hold>;
  /** After the commit that ended it. */
  end(subject: Subject): void;
}

/** Attempts that workers are at, by their names (`attemptName`). */
export interface Attempts {
  hold(attempt: string): Hold;
}

/** Blobs: ciphertext that the platform keeps. */
export interface Blobs {
  /** Reserves a blob for an owner's upload. */
  createUpload(tx: Records, owner: Subject, name: string, size: number): Promise<UploadGrant>;
  resumeUpload(owner: Subject, url: string): Promise<UploadGrant>;
  /** Forgets an upload or the place of an output for which nothing is registered. Rejects with PlatformError (`blob-registered`). */
  discardUpload(tx: DeletingRecords, owner: Subject, url: string): Promise<void>;
  /** The content of a data: URL, under the id of a blob that only its input names. */
  putContent(tx: Records, id: string, owner: Subject, content: Uint8Array): void;
  /** Reserves a place for a task's output. `data`: the id of the record that is registered for it in the same transaction. */
  createOutput(tx: Records, owner: Subject, name: string, data?: string): Promise<{ readonly url: string }>;
  /** For registration: the blob is the owner's, of the right kind and (uploads) complete. Throws `PlatformError`. */
  requireUsable(owner: Subject, url: string, kind: 'input' | 'output'): Promise<void>;
  /** A capability to read what a data record's URL names; it dies with its holder's account. */
  createDownload(data: DataRecord, holder: Subject): Promise<DownloadGrant>;
  /**
   * Makes a data record the one that an output's blob is for. Nothing where the URL is not the platform's.
   *
   * @throws PlatformError `blob-registered` (rejects) where another is
   */
  claimOutput(tx: Records, url: string, dataId: string): Promise<void>;
  /**
   * One input more has the blob. Nothing where the URL is not the platform's.
   *
   * @throws PlatformError `unknown-blob` (rejects)
   */
  refer(tx: Records, url: string): Promise<void>;
  /** An input or output that has the blob goes; with the last one the blob goes. */
  release(tx: DeletingRecords, data: DataRecord): Promise<void>;
  /** Deletes a blob that no input or output has; undefined where one has it, it is not older than `until` (ms), it is being uploaded, or there is none. */
  deleteUnused(tx: DeletingRecords, id: string, until: number): Promise<UnusedBlob | undefined>;
  /** Forgets uploads that nobody finished in time. Rejects with the first error when the others are done. */
  forgetUnfinished(): Promise<void>;
  /** After the commit of a deletion: removes the files of what was deleted, beside what goes on. */
  removeGone(): void;
  /** For a lease: a capability to read (inputs) or write (outputs) as long as the attempt lasts. Each attempt writes a file of its own. */
  grant(url: string, access: 'read' | 'write', attempt: string): Promise<string>;
  /**
   * What an attempt wrote, to become the blob's content in the task's own commit: nothing is written before `adopt` is called.
   *
   * @throws PlatformError (rejects) `unknown-blob`, `blob-missing`, and `output-written` where an attempt was adopted before
   */
  prepareAdoption(
    tx: Records,
    url: string,
    attempt: string,
  ): Promise<{ readonly adopt: () => Promise<void> }>;
  /** Removes what an attempt that is over has written and nobody has adopted. */
  discard(attempt: string): Promise<void>;
}

export interface UnusedBlob {
  readonly id: string;
  readonly owner: Subject;
  /** As `DeletedRecord` has them. */
  readonly digest: string;
  readonly salt: Uint8Array;
}

export interface UploadGrant {
  readonly url: string;
  readonly path: string;
  readonly capability: string;
  readonly received: number;
  readonly complete: boolean;
}

export interface DownloadGrant {
  readonly path: string;
  readonly capability: string;
  readonly size: number;
}

/** One line of the audit log (contract 3.11). */
export interface AuditEntry {
  /** Unix time in microseconds. */
  readonly microsecond: number;
  readonly address: string;
  /** The caller as Teaclave's contract writes it, by name. */
  readonly user: string;
  /** Absent: nobody was let in, or the platform did it by itself. */
  readonly subject?: Subject;
  readonly message: string;
  readonly result: boolean;
}

/** An entry of something that changes nothing, and so has no commit to be in. */
export interface AuditLine {
  readonly entry: AuditEntry;
  /** Whoever is not let in can send as many as it likes: fewer of those are written one by one. */
  readonly from: 'stranger' | 'caller';
  /** Entries of one kind repeat each other; beyond some in a minute they are counted. */
  readonly kind: string;
}

/** A place in the audit log: everything older than the entry `count` (from 1) of a row. */
export interface AuditPlace {
  readonly row: number;
  readonly count: number;
}

export interface AuditPageRequest {
  /** Entries that are wanted at most. */
  readonly limit: number;
  /** Entries that are looked at, at most. */
  readonly most: number;
}

export interface AuditPage {
  /** Newest first. */
  readonly entries: readonly AuditEntry[];
  /** Entries that were looked at. */
  readonly searched: number;
  /** The oldest of them. */
  readonly oldest?: AuditEntry;
  /** Absent: the log was searched to its beginning. */
  readonly next?: AuditPlace;
}

export interface AuditLog {
  /** Written with others within some tens of milliseconds. */
  record(line: AuditLine): void;
  /** Resolves when it is on the disk, or was counted, or when the store does not take it: then it is kept, and tried again. */
  write(line: AuditLine): Promise<void>;
  /** Rejects with `PlatformError` (bad-audit-query). */
  search(query: string, page: AuditPageRequest): Promise<AuditPage>;
}
