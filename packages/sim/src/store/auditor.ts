/**
 * Knows what a store must hold, from what it was asked and what it answered, and compares. What was acknowledged is there; what was refused
 * is not; what was neither is there whole or not at all. Where the medium lied, a refusal is right too, and an older state where nothing
 * outside of the disk remembers the newest.
 */
import { CodedError } from '@gaiwan/errors';
import { type Batch, type EmbeddedStore, StoreError } from '@gaiwan/store';
import type { Faults } from '../physics/faults.ts';
import { Violation } from '../violation.ts';
import { Model, shownEntry, shownItem, shownLogEntry } from './model.ts';
import { logs, queues, type Read } from './requests.ts';

/** A batch, and what was heard of it: its new versions, an error, or nothing. */
export interface Asked {
  readonly batch: Batch;
  answer?: readonly number[] | { readonly error: unknown };
}

/** What becomes of faults that come and go. */
const PASSING = ['io', 'sync-failed', 'disk-full', 'root-key', 'failed', 'anchor-unavailable'];
/** How a medium that lied is noticed. */
const NOTICED = [
  'tampered',
  'state-tampered',
  'state-rolled-back',
  'format',
  'no-sealed-key',
  'store-gone',
  'not-unsealable',
  'io',
  'root-key',
  'failed',
];
/** Batches that may all be there or not, each for itself: beyond them only the first so many. */
const MOST_UNCERTAIN = 10;

export class Auditor {
  readonly #faults: Faults;
  readonly #isAnchored: boolean;
  #model = new Model();
  /** Whether there are faults, or were until a moment ago. */
  mayFail = false;
  /** Neither acknowledged nor refused: they may be found at the next start. */
  #uncertain: Batch[] = [];
  /** The newest state that was acknowledged, and those that were written since: what remembers the newest may not know of them. */
  #sinceAcknowledged: Model[] = [];
  /** Contents of all states that there were. */
  readonly #states = new Map<string, Model>();

  constructor(faults: Faults, isAnchored: boolean) {
    this.#faults = faults;
    this.#isAnchored = isAnchored;
    this.#is(this.#model);
    this.#sinceAcknowledged = [this.#model];
  }

  get model(): Model {
    return this.#model;
  }

  /** What was asked since the last time, in order. Returns all states that a read may have seen meanwhile. */
  commits(asked: readonly Asked[]): readonly Model[] {
    let seen = [this.#model];
    const all = [this.#model];
    for (const { batch, answer } of asked) {
      const isWritten = answer !== undefined && this.#isWritten({ batch, answer }, seen);
      if (isWritten) seen = [this.#model];
      // Durable perhaps, and its answer still on the way.
      else if (answer === undefined)
        seen = [...seen, ...seen.flatMap((one) => one.after(batch)?.model ?? [])];
      all.push(...seen);
    }
    return all;
  }

  /** `seen`: the states that there may have been. */
  #isWritten({ batch, answer }: Required<Asked>, seen: readonly Model[]): boolean {
    const after = this.#model.after(batch);
    if (!('error' in answer)) {
      if (!after)
        throw new Violation('a batch was acknowledged that conflicts with what was acknowledged before');
      if (after.versions.join() !== answer.join())
        throw new Violation(`versions are ${answer.join()}, not ${after.versions.join()}`);
      this.#is(after.model);
      this.#sinceAcknowledged = [after.model];
      return true;
    }
    const { error } = answer;
    this.requireTyped(error);
    const { code, written } = error instanceof StoreError ? error : { code: '', written: false };
    if (code === 'conflict') {
      if (seen.every((model) => model.after(batch)))
        throw new Violation(`a batch was refused as a conflict, and there is none: ${String(error)}`);
      return false;
    }
    if (written && after) {
      this.#is(after.model);
      this.#sinceAcknowledged.push(after.model);
      return true;
    }
    if (code === 'io' || code === 'sync-failed') this.#uncertain.push(batch);
    return false;
  }

  /** Heard nothing of: the machine stopped. */
  unanswered(asked: readonly Asked[]): void {
    for (const { batch, answer } of asked) if (answer === undefined) this.#uncertain.push(batch);
  }

  read(read: Read, found: readonly string[], states: readonly Model[]): void {
    if (states.some((model) => isSame(read.of(model), found))) return;
    const last = states.at(-1);
    throw new Violation(
      `${read.shown} gave what was never there:\n  ${found.join('\n  ')}\nand not:\n  ${last ? read.of(last).join('\n  ') : ''}`,
    );
  }

  /** After a start, or where all is quiet. Returns whether it is an older state than the newest, which is right where nobody can tell. */
  async wholeState(store: EmbeddedStore): Promise<boolean> {
    const content = await contentOf(store);
    const right = this.#possible(content);
    const older = right ? undefined : this.#states.get(content);
    if (!right && !(older && this.#mayBeOlder(older)))
      throw new Violation(
        `the store has ${older ? 'an older state' : 'what was never there'}:\n${content}\nand not:\n${contentOfModel(this.#model)}`,
      );
    this.#is(right ?? older ?? this.#model);
    this.#sinceAcknowledged = [this.#model];
    return right === undefined;
  }

  /** Where the medium lied: whatever was, unless something outside of the disk remembers more. */
  #mayBeOlder(model: Model): boolean {
    if (!this.#faults.hadMediumFault) return false;
    const content = contentOfModel(model);
    return !this.#isAnchored || this.#sinceAcknowledged.some((one) => contentOfModel(one) === content);
  }

  /** A copy has one of the states that there were meanwhile. */
  async copy(store: EmbeddedStore, states: readonly Model[]): Promise<void> {
    const content = await contentOf(store);
    if (states.some((model) => contentOfModel(model) === content)) return;
    throw new Violation(`a copy has what was never there:\n${content}`);
  }

  /** Every error has a code that fits what happened. */
  requireTyped(error: unknown): void {
    if (error instanceof Violation) throw error;
    if (!(error instanceof CodedError)) throw new Violation(`an error without a code: ${stackOf(error)}`);
    if (error.code === 'conflict') return;
    if (this.mayFail && PASSING.includes(error.code)) return;
    // After a failed sync the store takes no more writes until it is opened again.
    if (error.code === 'sync-failed' && this.#faults.counts.has('sync error')) return;
    const mayLie = this.#faults.hadMediumFault || this.#faults.counts.has('dropped page');
    if (mayLie && NOTICED.includes(error.code)) return;
    throw new Violation(`refused without a reason: ${error.code}: ${error.message}`);
  }

  /** The state with this content, where some of the batches that nobody knows of may be there, in their order. */
  #possible(content: string): Model | undefined {
    const uncertain = this.#uncertain.slice(0, MOST_UNCERTAIN);
    for (let set = 0; set < 2 ** uncertain.length; set++) {
      let model: Model | undefined = this.#model;
      for (const [index, batch] of uncertain.entries())
        if (set & (1 << index)) model = model?.after(batch)?.model;
      if (model && contentOfModel(model) === content) return model;
    }
    return undefined;
  }

  #is(model: Model): void {
    this.#model = model;
    this.#uncertain = [];
    this.#states.set(contentOfModel(model), model);
  }
}

const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
const isSame = (a: readonly string[], b: readonly string[]): boolean => a.join('\n') === b.join('\n');

async function contentOf(store: EmbeddedStore): Promise<string> {
  const entries: string[] = [];
  for await (const entry of store.entries([])) entries.push(shownEntry(entry));
  const parts = [entries.sort()];
  for (const queue of queues) parts.push((await store.queue(queue)).map(shownItem));
  for (const log of logs) {
    const found = (await store.log(log)).map(shownLogEntry);
    const length = await store.logLength(log);
    if (length !== found.length)
      throw new Violation(`the log ${log} has ${found.length} entries and says ${length}`);
    parts.push(found);
  }
  return parts.map((part) => part.join('\n')).join('\n--\n');
}

function contentOfModel(model: Model): string {
  const parts = [
    model.entriesUnder([]),
    ...queues.map((one) => model.queue(one)),
    ...logs.map((one) => model.log(one)),
  ];
  return parts.map((part) => part.join('\n')).join('\n--\n');
}
