/** What a method states about itself: its action, its resource and its effect. The pipeline does everything else. */

import type { TaskRecord } from '../domain/index.ts';
import type { AccessResource, Caller } from '../ports.ts';
import type { Reading } from '../state/reading.ts';
import type { Event, Transaction } from '../state/transaction.ts';
import type { Proof } from './signatures.ts';

/** What a method works on, and what access control is asked about it. */
export interface Resource<Request, Found> {
  /** Finds what the request names. Throws `PlatformError` where there is no such thing. */
  readonly load: (read: Reading, request: Request, caller: Caller) => Promise<Found> | Found;
  /** All must be permitted. None: the question is whether the caller's role may do this at all. */
  readonly facts: (found: Found) => readonly AccessResource[];
}

/** Of methods that work on nothing that is there already. */
export const wholePlatform: Resource<unknown, undefined> = { load: () => undefined, facts: () => [] };

export interface QueryCall<Request, Found> {
  readonly caller: Caller;
  readonly request: Request;
  readonly resource: Found;
  /** Of a command: what is read holds its commit to the versions that were read. */
  readonly read: Reading;
  /** May the caller also do this with the same resource? */
  readonly permits: (action: string) => boolean;
  /** What the call rests on. */
  readonly proof: Proof;
}

export interface StreamCall<Request, Found> extends QueryCall<Request, Found> {
  /** Aborted when the client goes, or the platform stops. */
  readonly signal: AbortSignal;
}

export interface CommandCall<Request, Found> extends QueryCall<Request, Found> {
  /** Its events are the effect's, its audit entry is the pipeline's. */
  readonly tx: Omit<Transaction, 'event' | 'audit' | 'commit' | 'abandon'>;
  /**
   * The result of `work`, which is done once however often the transaction is tried: a password's hash.
   * At most one in a command.
   */
  readonly once: <T>(work: () => Promise<T>) => Promise<T>;
}

/** What a command leaves behind, durable in one commit. */
export interface Effect<Reply> {
  readonly reply: Reply;
  /** Appended to the event log, with the caller's subject as `by`. Absent only where no account, function, data or task changes. */
  readonly event?: Event;
  /** The task that was changed: its watchers get it after the commit. */
  readonly task?: TaskRecord;
  /** After the commit and its publication. Nothing durable may depend on it. */
  readonly afterwards?: () => void;
}

interface Spec<Action extends string, Request, Found> {
  /** The method's name, which is its Cedar action too. */
  readonly action: Action;
  /** `NoInfer`: what the request is, the service's descriptor says. */
  readonly resource: Resource<NoInfer<Request>, Found>;
}

export interface QuerySpec<Action extends string, Request, Found, Reply>
  extends Spec<Action, Request, Found> {
  readonly run: (call: QueryCall<Request, Found>) => Promise<Reply> | Reply;
}

export interface StreamSpec<Action extends string, Request, Found, Reply>
  extends Spec<Action, Request, Found> {
  readonly run: (call: StreamCall<Request, Found>) => AsyncIterable<Reply>;
}

export interface CommandSpec<Action extends string, Request, Found, Reply>
  extends Spec<Action, Request, Found> {
  /** Runs again after a conflict: whatever it does besides reading and writing through `tx` belongs into `once` or `afterwards`. */
  readonly run: (call: CommandCall<Request, Found>) => Promise<Effect<Reply>> | Effect<Reply>;
}
