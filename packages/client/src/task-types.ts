/** Tasks as plain values. */
import type { TaskManifest } from '@gaiwan/protocol';

/** The wire's numbers. */
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

const names = new Map<number, string>(Object.entries(TaskStatus).map(([name, number]) => [number, name]));

export function taskStatusName(status: number): string {
  return names.get(status) ?? `status ${status}`;
}

/** Will it never change again? */
export function hasEnded(status: number): boolean {
  return status >= TaskStatus.Finished;
}

/** Slot name to what is in it. */
export type Slots<T> = Readonly<Record<string, T>>;

export interface NewTask {
  readonly functionId: string;
  /** An object, or its JSON text. */
  readonly arguments?: Readonly<Record<string, unknown>> | string;
  readonly executor: string;
  /** Who owns the data of each slot. */
  readonly inputs?: Slots<readonly string[]>;
  readonly outputs?: Slots<readonly string[]>;
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

export interface TaskState {
  readonly status: number;
  readonly outcome: TaskOutcome | undefined;
  /** How often it has been handed to a worker. */
  readonly attempt: number;
  readonly approvedUsers: readonly string[];
}

export interface TaskSummary {
  readonly taskId: string;
  readonly creator: string;
  readonly functionName: string;
  readonly status: number;
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
  readonly status: number;
}
