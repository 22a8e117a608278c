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
}

/** Time and randomness come in as values. */
export interface Clock {
  /** ms since the epoch. */
  now(): number;
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
  /** Are there two workers that can run it, now or soon? */
  hasTwoWorkersFor(task: TaskRecord): boolean;
}

/** Tells watchers that a task has a new durable state. */
export interface TaskEvents {
  publish(task: TaskRecord): void;
  /** The states published after the call; ends after an ended task or when the signal aborts. */
  subscribe(taskId: string, signal: AbortSignal): AsyncIterable<TaskRecord>;
}

/** What goes on in an account's name while it lasts. Dispose of it when it is over. */
export interface AccountHold extends Disposable {
  /** Aborted once the account is gone; at once, where it is gone already. */
  readonly signal: AbortSignal;
}

export interface Accounts {
  hold(subject: Subject): Promise<AccountHold>;
  /** After the commit that ended it. */
  end(subject: Subject): void;
}

/** Of a transaction. */
export interface ContentWrites {
  put(key: Key, record: object): number;
  putBytes(key: Key, value: Uint8Array): void;
}

/** Blobs: ciphertext that the platform keeps. */
export interface Blobs {
  /** Reserves a blob for an owner's upload. */
  createUpload(owner: Subject, name: string, size: number): Promise<UploadGrant>;
  resumeUpload(owner: Subject, url: string): Promise<UploadGrant>;
  /** Forgets one that is not finished. */
  discardUpload(owner: Subject, url: string): Promise<void>;
  /** The content of a data: URL, under the id of a blob that only its input names. */
  putContent(tx: ContentWrites, id: string, owner: Subject, content: Uint8Array): void;
  /** Reserves a place for a task's output. */
  createOutput(owner: Subject, name: string): Promise<{ readonly url: string }>;
  /** For registration: the blob is the owner's, of the right kind and (uploads) complete. Throws `PlatformError`. */
  requireUsable(owner: Subject, url: string, kind: 'input' | 'output'): Promise<void>;
  /** A capability to read what a data record's URL names; it dies with its holder's account. */
  createDownload(data: DataRecord, holder: Subject): Promise<DownloadGrant>;
  /** For a lease: a capability to read (inputs) or write (outputs; each attempt writes anew, the last commit wins). */
  grant(url: string, access: 'read' | 'write', attempt: string): Promise<string>;
  /** Makes what an attempt wrote the blob's content. Called before the task's result is committed; idempotent. */
  adopt(url: string, attempt: string): Promise<void>;
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
  /** Absent: nobody was let in. */
  readonly subject?: Subject;
  readonly message: string;
  readonly result: boolean;
}

export interface AuditLog {
  /** Buffers for at most some tens of milliseconds and writes in groups. */
  record(entry: AuditEntry): void;
  /** Newest first. */
  query(query: string, limit: number): Promise<AuditEntry[]>;
  flush(): Promise<void>;
}
