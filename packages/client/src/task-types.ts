/** Tasks as plain values. */
import type { TaskManifest, TaskOptions } from '@gaiwan/protocol';

/** Slot name to what is in it. */
export type Slots<T> = Readonly<Record<string, T>>;

export interface NewTask extends TaskOptions {
  readonly functionId: string;
  /** An object, in which a bigint is an integer, or its JSON text, which is sent as it is. */
  readonly arguments?: Readonly<Record<string, unknown>> | string;
  readonly executor: string;
  /** Who owns the data of each slot. */
  readonly inputs?: Slots<readonly string[]>;
  readonly outputs?: Slots<readonly string[]>;
}

/** How a task was run. */
export interface TaskReport {
  readonly status: number;
  readonly executorType: string;
  readonly executor: string;
  /** Each run that came to its end: two for a task that is run twice. */
  readonly runs: readonly {
    readonly worker: string;
    /** The executor's own name. */
    readonly runner: string;
    /** What stood between the function and the host. */
    readonly layers: readonly string[];
  }[];
  /** Of a task that was run twice: did both runs make the same? */
  readonly repeat: 'same' | 'different' | undefined;
  /** What differed: slots of outputs, and `return value`. */
  readonly different: readonly string[];
  /** Also of a function that failed. Empty for those who may not read it. */
  readonly log: readonly string[];
  /** Inputs that were not there, not whole or not authentic when the task wanted them. */
  readonly inputFaults: readonly {
    readonly slot: string;
    readonly dataId: string;
    readonly owners: readonly string[];
    /** Of docs/errors.md, `TaskFault`. */
    readonly code: string;
    readonly reason: string;
    /**
     * The function was run without it, as only functions with Teaclave's entry are, in slots that they declare optional. Else the
     * task failed by it.
     */
    readonly leftOut: boolean;
  }[];
  /** The operator keeps what the task returned and logged no longer. */
  readonly resultDeleted?: ResultDeleted;
}

/** Slot name to data id. */
export interface Assignment {
  readonly inputs?: Slots<string>;
  readonly outputs?: Slots<string>;
}

export interface TaskResult {
  readonly returnValue: Uint8Array;
  /** Slot name to the tag (16 bytes) of the output that was written. */
  readonly tags: Slots<Uint8Array>;
  /** Empty for those who may not read it. */
  readonly log: readonly string[];
}

export type TaskOutcome =
  | ({ readonly ok: true } & TaskResult)
  | { readonly ok: false; readonly reason: string };

export interface Task {
  readonly taskId: string;
  readonly creator: string;
  readonly functionId: string;
  readonly functionOwner: string;
  /** Canonical JSON text. */
  readonly arguments: string;
  readonly inputs: Slots<readonly string[]>;
  readonly outputs: Slots<readonly string[]>;
  readonly participants: readonly string[];
  readonly approvedUsers: readonly string[];
  readonly assigned: Required<Assignment>;
  readonly status: number;
  readonly outcome: TaskOutcome | undefined;
}

/** What is left of a result that the operator keeps no longer. */
export interface ResultDeleted {
  /** SHA-256 (32 bytes) of the salt and what the task returned; of one that failed, of the salt and its log, a newline between its lines. */
  readonly digest: Uint8Array;
  readonly salt: Uint8Array;
  readonly at: Date;
}

export interface TaskState {
  readonly status: number;
  readonly outcome: TaskOutcome | undefined;
  /** How often it has been handed to a worker. */
  readonly attempt: number;
  /** Whose approvals count. */
  readonly approvedUsers: readonly string[];
  /**
   * Participants whose accounts are gone, as subjects (NAME#RANDOM): deleted, or begun anew by somebody else. The task cannot be
   * invoked any more. Empty once it has ended.
   */
  readonly goneUsers: readonly string[];
  /** Those of them that had approved: their approvals are void. */
  readonly voidUsers: readonly string[];
  /** The operator keeps what the task returned and logged no longer. Of one that succeeded, `outcome` is absent then. */
  readonly resultDeleted?: ResultDeleted;
}

export interface TaskSummary {
  readonly taskId: string;
  readonly creator: string;
  readonly functionName: string;
  /** Empty: from when lists did not have it. */
  readonly functionId: string;
  readonly status: number;
}

export interface TaskFilter {
  /** `TaskStatus`; default: any. */
  readonly statuses?: readonly number[] | undefined;
  /** What the caller is in it; default: any. */
  readonly role?: 'creator' | 'participant' | undefined;
  readonly functionId?: string | undefined;
  /** The beginning of the function's name, in upper or lower case. */
  readonly functionNamePrefix?: string | undefined;
}

/** One thing that a task waits for. */
export interface TaskObstacle {
  /** A code of docs/errors.md, or `role-missing`, `invocation-missing`, `worker-missing`, `worker-busy`, `running`. */
  readonly reason: string;
  /** A user, a slot, an output, the function: whatever is in the way. */
  readonly subject: string;
  /** Who can do something about it: names of users, 100 at most, or `administrator`, `operator`. */
  readonly who: readonly string[];
  /** One sentence: what to do. */
  readonly remedy: string;
}

export interface TaskExplanation {
  readonly status: number;
  /** In the order in which they come up, 200 at most; none, once the task has ended. */
  readonly obstacles: readonly TaskObstacle[];
  /** How many more there are. */
  readonly furtherObstacles: number;
  /** Of a task that has ended without a result. */
  readonly endedBecause?: string;
  /** Of a task that a participant declined: who, and in whose own words why. */
  readonly declinedBy?: string;
  readonly declinedBecause?: string;
}

/** What a participant is asked to approve. */
export interface Approvable {
  readonly manifest: TaskManifest;
  /** The canonical bytes, as they came. */
  readonly bytes: Uint8Array;
  /** SHA-256 of the bytes, computed here. */
  readonly digest: Uint8Array;
  readonly approvedUsers: readonly string[];
  readonly missingUsers: readonly string[];
  /**
   * Participants whose accounts are gone, as subjects (NAME#RANDOM): deleted, or begun anew by somebody else. What they approved is
   * void, and the task cannot be invoked.
   */
  readonly goneUsers: readonly string[];
  /** Those of them that had approved, as subjects. */
  readonly voidUsers: readonly string[];
  readonly status: number;
}
