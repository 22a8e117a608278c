/** What the platform remembers, as plain values, and the keys under which it does. */
import type { Key } from '@gaiwan/store';
import type { FirstRun } from './repeat.ts';

export type RoleName = 'PlatformAdmin' | 'FunctionOwner' | 'DataOwnerManager' | 'DataOwner';

/** `attribute` is the group of a data owner or manager; empty for the others. */
export interface Role {
  readonly name: RoleName;
  readonly attribute: string;
}

export interface UserRecord {
  readonly id: string;
  readonly role: Role;
  /** PHC string of the password hash (argon2id). */
  readonly password: string;
  /** Random; changes with the password and with re-creation, so that older tokens die. */
  readonly generation: string;
}

export interface FunctionArgument {
  readonly key: string;
  readonly defaultValue: string;
  readonly allowOverwrite: boolean;
}

export interface FunctionSlot {
  readonly name: string;
  readonly description: string;
  readonly optional: boolean;
}

/** Immutable, addressed by `functionVersionHash`. */
export interface FunctionVersion {
  readonly name: string;
  readonly description: string;
  readonly executorType: string;
  readonly payload: Uint8Array;
  readonly arguments: readonly FunctionArgument[];
  readonly inputs: readonly FunctionSlot[];
  readonly outputs: readonly FunctionSlot[];
}

export interface FunctionRecord {
  readonly id: string;
  readonly owner: string;
  /** Hash (hex) of the current version. */
  readonly version: string;
  readonly public: boolean;
  readonly allowlist: readonly string[];
  readonly disabled: boolean;
  /** -1: unlimited. */
  readonly quota: number;
}

export type Schema = 'aes-gcm-128' | 'aes-gcm-256' | 'teaclave-file-128' | 'raw';

export interface FileCrypto {
  readonly schema: Schema;
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
}

/** An input or an output; the id's prefix tells which. */
export interface DataRecord {
  readonly id: string;
  readonly owners: readonly string[];
  readonly url: string;
  readonly crypto: FileCrypto;
  /** Inputs: always. Outputs: once a task has written them. */
  readonly tag?: Uint8Array;
  /** Outputs: the task that wrote or is about to write it. */
  readonly task?: string;
}

/** Numbers are the wire's. */
export const TaskStatus = {
  Created: 0,
  DataAssigned: 1,
  Approved: 2,
  Staged: 3,
  Running: 4,
  Finished: 10,
  Canceled: 20,
  Failed: 99,
} as const;
export type TaskStatus = (typeof TaskStatus)[keyof typeof TaskStatus];

/** What one run of a task may use; meanings as in `ExecutionLimits` of the executors. */
export interface Limits {
  readonly timeMs: number;
  readonly cpuMs: number;
  readonly memoryMiB: number;
  readonly outputBytes: number;
  readonly logBytes: number;
  readonly files: number;
}

/** Who may read a function's log. */
export type LogReader = 'creator' | 'function-owner';

/** A run that came to its end, for receipts. */
export interface Ran {
  readonly worker: string;
  /** The executor's own name, and what stood between the function and the host. */
  readonly runner: string;
  readonly layers: readonly string[];
}

export interface TaskSlot {
  readonly name: string;
  readonly owners: readonly string[];
  /** The assigned data. */
  readonly data?: { readonly id: string; readonly schema: Schema; readonly tag?: string };
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

export interface TaskRecord {
  readonly id: string;
  readonly creator: string;
  readonly function: {
    readonly id: string;
    readonly version: string;
    readonly name: string;
    readonly executorType: string;
    readonly owner: string;
  };
  readonly executor: string;
  /** Canonical JSON text, server-filled arguments included. */
  readonly arguments: string;
  readonly inputs: readonly TaskSlot[];
  readonly outputs: readonly TaskSlot[];
  readonly participants: readonly string[];
  /** Approvals of the present manifest digest. */
  readonly approvals: readonly string[];
  readonly limits: Limits;
  readonly logs: readonly LogReader[];
  /** Is it run twice, on different workers? */
  readonly repeat: boolean;
  readonly status: TaskStatus;
  /** How often it has been handed to a worker; of a task that is run twice, in the present run. */
  readonly attempt: number;
  readonly first?: FirstRun;
  readonly runs?: readonly Ran[];
  readonly outcome?: TaskOutcome;
}

/** Where records live. */
export const keys = {
  user: (id: string): Key => ['user', id],
  users: (): Key => ['user'],
  function: (id: string): Key => ['function', id],
  functions: (): Key => ['function'],
  functionVersion: (hash: string): Key => ['function-version', hash],
  /** Marks that a user's list has a function: `registered` or `allowed`; the value is empty. */
  userFunction: (user: string, list: 'registered' | 'allowed', id: string): Key => [
    'user-function',
    user,
    list,
    id,
  ],
  userFunctions: (user: string, list: 'registered' | 'allowed'): Key => ['user-function', user, list],
  data: (id: string): Key => ['data', id],
  userData: (user: string, id: string): Key => ['user-data', user, id],
  userDatas: (user: string): Key => ['user-data', user],
  task: (id: string): Key => ['task', id],
  userTask: (user: string, id: string): Key => ['user-task', user, id],
  userTasks: (user: string): Key => ['user-task', user],
  /** Who has used a (key, IV) of a one-tag scheme, and for which content: see domain/iv.ts. */
  /** Serialises invocations of a function with a quota; its usage is the length of `usageLog`. */
  quota: (id: string): Key => ['quota', id],
  iv: (hash: string): Key => ['iv', hash],
  blob: (id: string): Key => ['blob', id],
  signingKey: (kid: string): Key => ['signing-key', kid],
  signingKeys: (): Key => ['signing-key'],
} as const;

/** The work queue of staged tasks; an item's id is the task's id, its payload is empty. */
export const TASK_QUEUE = 'tasks';

/** One entry an invocation: its length is the function's usage. Appends never conflict, so a busy function is no bottleneck. */
export const usageLog = (functionId: string): string => `usage/${functionId}`;

/** The append-only log of what happened; the ledger grows out of it. */
export const EVENT_LOG = 'events';
