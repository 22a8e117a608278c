/** What the platform remembers, as plain values, and the keys under which it does. */
import type {
  Approval,
  FileSchema,
  FunctionDefinition,
  LogReader,
  SandboxUse,
  Subject,
  TaskLimits,
  TaskStatus,
} from '@gaiwan/protocol';
import type { Key } from '@gaiwan/store';
import type { AccountKeys } from './keys.ts';
import type { FirstRun } from './repeat.ts';
import { fold, markOfWord, marksBeginning } from './terms.ts';

export type RoleName = 'PlatformAdmin' | 'FunctionOwner' | 'DataOwnerManager' | 'DataOwner';

/** `attribute` is the group of a data owner or manager; empty for the others. */
export interface Role {
  readonly name: RoleName;
  readonly attribute: string;
}

export interface UserRecord {
  /** The name that people and Teaclave's clients know. */
  readonly id: string;
  /** Who it is: made when the account begins, and never changed. */
  readonly subject: Subject;
  readonly role: Role;
  /** PHC string of the password hash (argon2id). */
  readonly password: string;
  /** Random; changes with the password and with re-creation, so that older tokens die. */
  readonly generation: string;
  /** The session in which the account itself set this password: it goes on. Absent where somebody else did. */
  readonly session?: string;
  /** Absent: the account rests on its password. */
  readonly keys?: AccountKeys;
  /** Takes part only with participants that have keys. */
  readonly requireKeys?: boolean;
  /** The group whose manager registered it: only its managers act on it. Absent where somebody else did. */
  readonly invitedTo?: string;
  /** When the account began, ms since the epoch of clocks. Absent: before this was kept. */
  readonly since?: number;
}

/** A group that has members: data owners and managers. */
export interface GroupRecord {
  /** Who brought its first member. */
  readonly madeBy: Subject;
  /** Was that an administrator? Else the group is a part of what its maker gets of the workers: see fairness/share.ts. */
  readonly byAdministrator?: boolean;
  readonly members: number;
}

export interface AdministratorsRecord {
  readonly members: number;
}

/** What somebody made the platform keep: one row for each item that counts towards a quota. */
export interface HeldRecord {
  /** Who made it, which whoever owns it later does not change. */
  readonly by: Subject;
  /** The group that its maker was in then. */
  readonly group?: string;
  readonly bytes: number;
  /** Of an upload that is not finished: ms since the epoch. */
  readonly unfinishedSince?: number;
}

/** What is held at most, where the operator has said so for one account or group; what is absent is as for everybody. */
export interface StorageQuotaRecord {
  readonly of: StorageHolder;
  readonly bytes?: number;
  readonly items?: number;
}

export type StorageHolder = { readonly user: Subject } | { readonly group: string };

/** What lists show of a task: small, whatever the task's record holds. */
export interface TaskRow {
  readonly creator: Subject;
  readonly functionName: string;
  readonly status: TaskStatus;
  /** Absent: from before it was kept. */
  readonly functionId?: string;
}

/** What lists show of a function: small, whatever its code and its allow-list hold. */
export interface FunctionRow {
  readonly owner: Subject;
  readonly name: string;
  readonly description: string;
  /** Hash (hex) of the current version. */
  readonly version: string;
  readonly public: boolean;
  readonly executorType: string;
  readonly disabled: boolean;
  /** As of `FunctionRecord`. */
  readonly since?: number;
}

/** Immutable, addressed by `functionVersionHash` of the definition, which names the code by its hash. */
export interface FunctionVersion {
  readonly definition: FunctionDefinition;
  /** The code. */
  readonly payload: Uint8Array;
}

export type DisabledBy = 'owner' | 'administrator';

export interface FunctionRecord {
  readonly id: string;
  readonly owner: Subject;
  /** Hash (hex) of the current version. */
  readonly version: string;
  readonly public: boolean;
  /** Who may use a private one: groups by their names, people by their accounts. */
  readonly groups: readonly string[];
  readonly people: readonly Subject[];
  /** Whoever disabled it alone enables it again. */
  readonly disabledBy?: DisabledBy;
  /** -1: unlimited. */
  readonly quota: number;
  /** See `isCodeHidden`. */
  readonly codeHidden?: boolean;
  /** Since when it has the present version, ms since the epoch. Absent: from when this was not kept. */
  readonly since?: number;
  /** What the present version came after: the latest first. */
  readonly formerVersions?: readonly FormerVersion[];
}

export interface FormerVersion {
  /** Hash (hex). */
  readonly version: string;
  readonly since: number;
  readonly codeHidden: boolean;
}

/** What an owner can attach to a version. */
export type MaterialKind = 'provenance' | 'sbom' | 'source';

/** What is attached to a version of a function; the contents are apart. */
export interface AttachedRecord {
  readonly attached: readonly {
    readonly kind: MaterialKind;
    /** Of the content (hex). */
    readonly sha256: string;
    readonly bytes: number;
  }[];
}

export interface FileCrypto {
  readonly schema: FileSchema;
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
}

/** An input or an output; the id's prefix tells which. */
export interface DataRecord {
  readonly id: string;
  readonly owners: readonly Subject[];
  readonly url: string;
  readonly crypto: FileCrypto;
  /** Of `raw`, which has no key: 32 random bytes, so that nobody can guess what its commitment is about. */
  readonly salt?: Uint8Array;
  /** Inputs: always. Outputs: once a task has written them. */
  readonly tag?: Uint8Array;
  /** Outputs: always, of the state that they were registered in. Nothing is encrypted for one of an older epoch. */
  readonly epoch?: number;
  /** Outputs: the task that wrote it. */
  readonly task?: string;
}

/** A run that came to its end, for receipts. */
export interface Ran {
  readonly worker: string;
  /** The executor's own name, and what stood between the function and the host. */
  readonly runner: string;
  readonly layers: readonly string[];
}

/** An input that was not there, not whole or not authentic when a worker wanted it. */
export interface InputFault {
  readonly slot: string;
  readonly dataId: string;
  readonly owners: readonly Subject[];
  /** Of `TaskFault`, as the worker says. */
  readonly code: string;
  readonly reason: string;
  /** The function was run without it; else the task failed by it. */
  readonly leftOut: boolean;
}

export interface TaskSlot {
  readonly name: string;
  readonly owners: readonly Subject[];
  /** The assigned data. */
  readonly data?: {
    readonly id: string;
    readonly schema: FileSchema;
    /** Hex: see `fileCommitment`. */
    readonly commitment: string;
    /** Hex: of inputs that are encrypted. */
    readonly tag?: string;
  };
}

export type TaskOutcome =
  | {
      readonly ok: true;
      readonly returnValue: Uint8Array;
      readonly tags: Readonly<Record<string, Uint8Array>>;
      readonly log: readonly string[];
    }
  | {
      readonly ok: false;
      readonly reason: string;
      readonly log?: readonly string[];
      /** What two runs do not have in common. */
      readonly different?: readonly string[];
    };

/** A participant that has a key of its own. */
export interface KeyedParticipant {
  readonly subject: Subject;
  /** The id of its key. */
  readonly key: string;
}

export interface TaskRecord {
  readonly id: string;
  /** Of the state that it was created in. One of an older epoch is not run. */
  readonly epoch: number;
  readonly creator: Subject;
  readonly function: {
    readonly id: string;
    readonly version: string;
    readonly name: string;
    readonly executorType: string;
    readonly owner: Subject;
  };
  /** Can its participants not read the function's code? Absent: they cannot; the task is from when nobody could. */
  readonly codeHidden?: boolean;
  readonly executor: string;
  /** Canonical JSON text, server-filled arguments included. */
  readonly arguments: string;
  readonly inputs: readonly TaskSlot[];
  readonly outputs: readonly TaskSlot[];
  readonly participants: readonly Subject[];
  /** Those who have a key of their own, in the order of participants. Absent until somebody has looked. */
  readonly keyed?: readonly KeyedParticipant[];
  /** Sorted by participant; of the present manifest: what changes the manifest voids them. */
  readonly approvals: readonly Approval[];
  /** SHA-256 (hex) of the manifest that the creator invoked. */
  readonly invoked?: string;
  /** Whose share of the workers it uses: see fairness/share.ts. Of a task that was invoked. */
  readonly share?: readonly string[];
  /** Among the tasks of its creator that wait: higher ones first. Absent: 0. */
  readonly priority?: number;
  readonly limits: TaskLimits;
  readonly logs: readonly LogReader[];
  /** Is it run twice, on different workers? */
  readonly repeat: boolean;
  /** As the operator had it when the task was made. Absent: fresh. */
  readonly sandboxes?: SandboxUse;
  /** The standing agreement by which it is approved; `digest` (hex) of its bytes. Its approvals are those of the agreement. */
  readonly agreement?: { readonly id: string; readonly digest: string };
  readonly status: TaskStatus;
  /** How often it has been handed to a worker; of a task that is run twice, in the present run. */
  readonly attempt: number;
  readonly first?: FirstRun;
  readonly runs?: readonly Ran[];
  /** Of the run that ended it; of a task that is run twice, of both. */
  readonly inputFaults?: readonly InputFault[];
  readonly outcome?: TaskOutcome;
  /** In place of the outcome. */
  readonly resultDeleted?: ResultDeleted;
  /** Of a task that ended by it. */
  readonly declined?: Declined;
}

/** A participant's word that it wants no part in a task. */
export interface Declined {
  readonly by: Subject;
  /** In its own words: one line. */
  readonly reason: string;
}

/** A standing agreement. */
export interface AgreementRecord {
  readonly id: string;
  readonly proposer: Subject;
  readonly functionName: string;
  /** Canonical. */
  readonly bytes: Uint8Array;
  /** SHA-256 (hex) of them. */
  readonly digest: string;
  /** Sorted. */
  readonly participants: readonly Subject[];
  /** Of its digest. */
  readonly approvals: readonly Approval[];
  /** How many tasks may be, and were, invoked by it. */
  readonly uses: number;
  readonly used: number;
  /** ms since the epoch. */
  readonly from: number;
  readonly until: number;
  readonly revoked?: { readonly by: Subject; readonly at: number };
}

/** What is left of something that was deleted. */
export interface DeletedRecord {
  readonly id: string;
  /**
   * Hex. Of an input or output: its `fileCommitment`, which manifests have; else the SHA-256 of `salt` and its record as it was kept.
   */
  readonly digest: string;
  /** Random: by the digest alone, which is in the audit log, no guess at what it was can be confirmed. */
  readonly salt?: Uint8Array;
  /** Hex; of an input, and of an output that was written. */
  readonly tag?: string;
  /** SHA-256 (hex) of the manifest; of a task that was invoked. */
  readonly manifest?: string;
  /** Who is told of it: its owners, or participants. */
  readonly seenBy: readonly Subject[];
  /** Who said the last word; absent for `retention`. */
  readonly by?: Subject;
  readonly reason: DeletionReason;
  /** ms since the epoch of clocks. */
  readonly at: number;
}

/** `owners`: those whom it belonged to have said so. `retention`: the operator keeps such things no longer. */
export type DeletionReason = 'owners' | 'retention';

/** The result of a task that is kept without it. */
export interface ResultDeleted {
  /** SHA-256 (hex) of `salt` and what it returned; of a task that failed, of its log, a newline between its lines. */
  readonly digest: string;
  /** As in `DeletedRecord`. */
  readonly salt: Uint8Array;
  /** ms since the epoch of clocks. */
  readonly at: number;
}

/** An entry of `DUE_LOG`: from this moment on nobody needs these, as far as this entry is about. */
export interface DueEntry {
  /** ms since the epoch of clocks. */
  readonly at: number;
  /** A task that has ended. */
  readonly task?: string;
  /** Inputs and outputs: registered, or no longer named by a task that is open. */
  readonly data?: readonly string[];
  /** A file that was made. */
  readonly blob?: string;
}

/** Where a task is, as lists are filtered: it is open, or has ended in one of the three ways. In the order of a task's life. */
export const taskStages = ['open', 'finished', 'canceled', 'failed'] as const;
export type TaskStage = (typeof taskStages)[number];

/** What somebody is in a task. */
export const taskRoles = ['creator', 'participant'] as const;
export type TaskRole = (typeof taskRoles)[number];

export interface TaskPlace {
  readonly stage: TaskStage;
  readonly role: TaskRole;
  readonly functionId: string;
}

/** Which functions are looked among: those that everybody may use, or those of one owner. */
export type FunctionsAmong = 'public' | { readonly of: Subject };

/** No subject is like the first: it has a "#". */
const segmentsOf = (among: FunctionsAmong): Key => [among === 'public' ? 'public' : among.of];

/** Who is allowed to use a function. */
export type AllowedTo = { readonly user: Subject } | { readonly group: string };

/** A subject has a "#", and no ":" before it that a group's could be taken for: the first letters tell them apart. */
const holderOf = (to: AllowedTo): string => ('user' in to ? `user:${to.user}` : `group:${to.group}`);

/** A task without its state, which is no part of what people agree to. */
export type Stateless = Omit<TaskRecord, 'status'>;

/** Where records live. */
export const keys = {
  user: (id: string): Key => ['user', id],
  users: (): Key => ['user'],
  /** A mark: the account has ended, and not all participants of its open tasks have been told (`tellOfTheGone`). */
  goneAccount: (subject: Subject): Key => ['gone-account', subject],
  goneAccounts: (): Key => ['gone-account'],
  /** A mark: the first administrator was made, which happens once in the life of a data folder. */
  firstAdministrator: (): Key => ['once', 'first-administrator'],
  /** Which program opened the data last. */
  lastProgram: (): Key => ['last-program'],
  /** How many administrators there are. */
  administrators: (): Key => ['administrators'],
  group: (name: string): Key => ['group', name],
  /** What a group's name may be mistaken for; as `look`. */
  groupLook: (look: string): Key => ['group-look', look],
  /** Marks the members of a group, by role; and everybody who has a role. */
  groupUser: (group: string, role: RoleName, id: string): Key => ['group-user', group, role, id],
  groupUsers: (group: string, role?: RoleName): Key => ['group-user', group, ...(role ? [role] : [])],
  roleUser: (role: RoleName, id: string): Key => ['role-user', role, id],
  roleUsers: (role: RoleName): Key => ['role-user', role],
  /** Marks an account under its name: see terms.ts. */
  userName: (id: string): Key => ['user-name', ...markOfWord(fold(id)), id],
  userNames: (start: string): Key => ['user-name', ...marksBeginning(start)],
  /** A mark: the marks that lists are filtered by are there. */
  listMarks: (): Key => ['once', 'list-marks'],
  /** What a user's id may be mistaken for (`looksOf`): the value has the id. */
  look: (look: string): Key => ['look', look],
  function: (id: string): Key => ['function', id],
  /** Marks each function, and those that everybody may use, for lists. */
  everyFunction: (id: string): Key => ['every-function', id],
  everyFunctions: (): Key => ['every-function'],
  publicFunction: (id: string): Key => ['public-function', id],
  publicFunctions: (): Key => ['public-function'],
  /** `FunctionRow`. */
  functionRow: (id: string): Key => ['function-row', id],
  /** Marks a function under a word that it is found by: among those that everybody may use, or those of one owner. See terms.ts. */
  functionTerm: (among: FunctionsAmong, term: string, id: string): Key => [
    'function-term',
    ...segmentsOf(among),
    ...markOfWord(term),
    id,
  ],
  functionsOfTerm: (among: FunctionsAmong, term: string): Key => [
    'function-term',
    ...segmentsOf(among),
    ...markOfWord(term),
  ],
  functionTerms: (among: FunctionsAmong, start: string): Key => [
    'function-term',
    ...segmentsOf(among),
    ...marksBeginning(start),
  ],
  /** Marks a function that somebody, or a group, is allowed to use under its name. See terms.ts. */
  allowedName: (to: AllowedTo, name: string, id: string): Key => [
    'allowed-name',
    holderOf(to),
    ...markOfWord(fold(name)),
    id,
  ],
  /** Those of one name. */
  allowedOfName: (to: AllowedTo, name: string): Key => [
    'allowed-name',
    holderOf(to),
    ...markOfWord(fold(name)),
  ],
  /** Those whose names begin so; `start` is folded. */
  allowedNames: (to: AllowedTo, start: string): Key => [
    'allowed-name',
    holderOf(to),
    ...marksBeginning(start),
  ],
  functionVersion: (hash: string): Key => ['function-version', hash],
  /** `AttachedRecord`, and its contents. */
  functionMaterials: (id: string, version: string): Key => ['function-materials', id, version],
  functionMaterial: (id: string, version: string, kind: MaterialKind): Key => [
    'function-material',
    id,
    version,
    kind,
  ],
  /** Marks that a user's list has a function: `registered` or `allowed`; the value is empty. */
  userFunction: (user: Subject, list: 'registered' | 'allowed', id: string): Key => [
    'user-function',
    user,
    list,
    id,
  ],
  userFunctions: (user: Subject, list: 'registered' | 'allowed'): Key => ['user-function', user, list],
  /** Marks that a group is allowed to use a function. */
  groupFunction: (group: string, id: string): Key => ['group-function', group, id],
  groupFunctions: (group: string): Key => ['group-function', group],
  data: (id: string): Key => ['data', id],
  userData: (user: Subject, id: string): Key => ['user-data', user, id],
  userDatas: (user: Subject): Key => ['user-data', user],
  /** Marks data under its stored name: see terms.ts. */
  dataName: (user: Subject, name: string, id: string): Key => [
    'data-name',
    user,
    ...markOfWord(fold(name)),
    id,
  ],
  dataNames: (user: Subject, start: string): Key => ['data-name', user, ...marksBeginning(start)],
  /** The bytes of an input that was registered with a data: URL. */
  content: (blob: string): Key => ['content', blob],
  task: (id: string): Key => ['task', id],
  agreement: (id: string): Key => ['agreement', id],
  userAgreement: (user: Subject, id: string): Key => ['user-agreement', user, id],
  userAgreements: (user: Subject): Key => ['user-agreement', user],
  /** `TaskRow`. */
  taskRow: (id: string): Key => ['task-row', id],
  userTask: (user: Subject, id: string): Key => ['user-task', user, id],
  userTasks: (user: Subject): Key => ['user-task', user],
  /** A mark beside that of `userTask`: in which state of `TaskStage` the task is, what the user is in it, and which function it is of. */
  userTaskIn: (user: Subject, where: TaskPlace, id: string): Key => [
    'user-task-in',
    user,
    where.stage,
    where.role,
    where.functionId,
    id,
  ],
  userTasksIn: (user: Subject, where: Pick<TaskPlace, 'stage' | 'role'>, functionId?: string): Key => [
    'user-task-in',
    user,
    where.stage,
    where.role,
    ...(functionId === undefined ? [] : [functionId]),
  ],
  /** A mark: a task that was invoked and has not ended is to write this output. */
  reservedOutput: (dataId: string): Key => ['reserved-output', dataId],
  /** Serialises invocations of a function with a quota; its usage is `usesOf`. */
  quota: (id: string): Key => ['quota', id],
  /** Who has used a (key, IV) of a one-tag scheme, and for which content: see domain/iv.ts. */
  iv: (hash: string): Key => ['iv', hash],
  blob: (id: string): Key => ['blob', id],
  /** `HeldRecord`, by the key of what is held. */
  held: ([kind = '', id = '']: Key): Key => ['held', kind, id],
  /** Sums of what is held: see state/sums.ts. */
  heldSums: (): Key => ['held-sums'],
  storageQuota: (of: StorageHolder): Key =>
    'user' in of ? ['storage-quota', 'user', of.user] : ['storage-quota', 'group', of.group],
  storageQuotas: (): Key => ['storage-quota'],
  /** `DeletedRecord`. */
  deleted: (id: string): Key => ['deleted', id],
  /** Who has agreed to the deletion of something that others have to agree to as well. */
  deletion: (id: string): Key => ['deletion', id],
  /** A mark: a task that has not ended names this input or output. */
  openTask: (dataId: string, taskId: string): Key => ['open-task', dataId, taskId],
  openTasks: (dataId: string): Key => ['open-task', dataId],
  /** When a task began, or ceased, to name this input or output. Written with each mark of `openTask`, so that a deletion does not miss one. */
  lastNeed: (dataId: string): Key => ['last-need', dataId],
  /** A mark: a file whose blob was deleted, and that is to go. */
  goneFile: (file: string): Key => ['gone-file', file],
  goneFiles: (): Key => ['gone-file'],
  /** A mark: the function was invoked, so it has a `usageLog`. */
  usedFunction: (id: string): Key => ['used-function', id],
  usedFunctions: (): Key => ['used-function'],
  /** How far in `DUE_LOG` what is due has been deleted: `tasks`, `results` or `files`. */
  dueUpTo: (what: string): Key => ['due-up-to', what],
  /** What was forgotten of a log. */
  forgotten: (log: string): Key => ['forgotten', log],
  instance: (): Key => ['instance'],
  epoch: (): Key => ['epoch'],
  signingKey: (kid: string): Key => ['signing-key', kid],
  signingKeys: (): Key => ['signing-key'],
} as const;

/** The work queue of staged tasks; an item's id is the task's id, its payload is empty. */
export const TASK_QUEUE = 'tasks';

/** One entry an invocation, `UsageEntry`: its length, less that of `returnedUseLog`, is the function's usage. Appends never conflict, so a busy function is no bottleneck. */
export const usageLog = (functionId: string): string => `usage/${functionId}`;

/** One entry, `UsageEntry`, for each invocation whose task has ended without having been run. */
export const returnedUseLog = (functionId: string): string => `returned-use/${functionId}`;

export interface UsageEntry {
  readonly task: string;
  /** ms since the epoch of clocks. */
  readonly at: number;
}

/** The append-only log of what happened; the ledger grows out of it. */
export const EVENT_LOG = 'events';

/** Each change of what somebody has the platform keep. */
export const HELD_LOG = 'held';

/** What may be deleted one day, in the order of time. */
export const DUE_LOG = 'due';

/** One entry for each start. */
export const RUNS_LOG = 'runs';
