/**
 * What happens to a call once its caller is let in, in this order: the resource is found, access control decides, the signature is
 * checked, the effect runs; of a command, the commit with its event and its audit entry, the publication, and what comes afterwards.
 */
import { type Store, StoreError } from '@gaiwan/store';
import type { AccessControl, AccessResource, AuditEntry, Caller, Clock, TaskEvents } from '../ports.ts';
import type { Reader } from '../state/reader.ts';
import { Reading } from '../state/reading.ts';
import { type Event, readRecord, transact } from '../state/transaction.ts';
import type { Proof, SignatureCheck } from './signatures.ts';
import type { CommandSpec, Effect, QuerySpec, Resource, StreamSpec } from './spec.ts';

export interface StepsOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly access: AccessControl;
  readonly events: Pick<TaskEvents, 'publish'>;
  readonly signatures: SignatureCheck;
}

/** A call whose caller is let in. */
export interface AdmittedCall<Request> {
  readonly caller: Caller;
  readonly request: Request;
  readonly header: (name: string) => string;
  readonly bytes: () => Uint8Array;
  readonly signal: AbortSignal;
  /** The audit entry of its success, now: for the commit. */
  readonly success: () => AuditEntry;
}

interface Authorised<Found> {
  readonly resource: Found;
  readonly permits: (action: string) => boolean;
  readonly proof: Proof;
}

export class Steps {
  readonly #options: StepsOptions;
  /** Outside of transactions. */
  readonly #plain: Reader;

  constructor(options: StepsOptions) {
    this.#options = options;
    this.#plain = { read: (key) => readRecord(options.store, key) };
  }

  async query<A extends string, Request, Found, Reply>(
    spec: QuerySpec<A, Request, Found, Reply>,
    call: AdmittedCall<Request>,
  ): Promise<Reply> {
    const { caller, request } = call;
    const read = new Reading(this.#plain, caller.subject);
    const authorised = await this.#authorise(spec, call, read);
    return spec.run({ caller, request, read, ...authorised });
  }

  async *stream<A extends string, Request, Found, Reply>(
    spec: StreamSpec<A, Request, Found, Reply>,
    call: AdmittedCall<Request>,
  ): AsyncGenerator<Reply> {
    const { caller, request, signal } = call;
    const read = new Reading(this.#plain, caller.subject);
    const authorised = await this.#authorise(spec, call, read);
    yield* spec.run({ caller, request, signal, read, ...authorised });
  }

  async command<A extends string, Request, Found, Reply>(
    spec: CommandSpec<A, Request, Found, Reply>,
    call: AdmittedCall<Request>,
  ): Promise<Reply> {
    const { store, clock } = this.#options;
    const { caller, request } = call;
    const once = rememberFirst();
    const prove = this.#prover(spec.action, call);
    let last: Effect<Reply> | undefined;
    try {
      const effect = await transact(store, clock, async (tx) => {
        last = undefined;
        const read = new Reading(tx, caller.subject);
        const authorised = await this.#authorise(spec, call, read, prove);
        const found = await spec.run({ caller, request, read, tx, once, ...authorised });
        if (found.event) tx.event(withAuthor(caller, found.event));
        tx.audit([call.success()]);
        last = found;
        return found;
      });
      this.#follow(effect);
      return effect.reply;
    } catch (error) {
      // The caller gets no acknowledgement. Everybody else reads what was written, so what follows from it is done.
      if (last && error instanceof StoreError && error.written) this.#follow(last);
      throw error;
    }
  }

  #follow({ task, afterwards }: Effect<unknown>): void {
    if (task) this.#options.events.publish(task);
    afterwards?.();
  }

  async #authorise<Request, Found>(
    {
      action,
      resource: { load, facts },
    }: { readonly action: string; readonly resource: Resource<Request, Found> },
    call: AdmittedCall<Request>,
    read: Reading,
    prove: () => Proof = this.#prover(action, call),
  ): Promise<Authorised<Found>> {
    const { access } = this.#options;
    const { caller, request } = call;
    const resource = await load(read, request, caller);
    const resources = facts(resource);
    for (const question of questions(caller, action, resources)) access.require(question);
    return {
      resource,
      permits: (other) => questions(caller, other, resources).every((question) => access.permits(question)),
      proof: prove(),
    };
  }

  /** Checks the signature when it is first asked: a statement is taken once, and a transaction may be tried again. */
  #prover(action: string, { caller, request, bytes, header }: AdmittedCall<unknown>): () => Proof {
    const { signatures } = this.#options;
    let proof: Proof | undefined;
    return () => {
      proof ??= signatures.verify({ caller, action, request, bytes, header });
      return proof;
    };
  }
}

const questions = (caller: Caller, action: string, resources: readonly AccessResource[]) =>
  resources.length === 0 ? [{ caller, action }] : resources.map((resource) => ({ caller, action, resource }));

const withAuthor = ({ subject }: Caller, event: Event): Event => ({ ...event, by: subject });

/** Gives the first call's result to every later one. */
function rememberFirst(): <T>(work: () => Promise<T>) => Promise<T> {
  let first: Promise<unknown> | undefined;
  return <T>(work: () => Promise<T>): Promise<T> => {
    first ??= work();
    // A command calls it in one place, so always with the same T.
    return first as Promise<T>;
  };
}
