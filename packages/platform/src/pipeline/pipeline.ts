/**
 * The way of every call to a public service: who calls, and may this role call this method at all, first on its headers; then the
 * method's own steps (`Steps`), with a line in the audit log: in the commit of a command, and beside everything else (`audited.ts`).
 */
import type { Subject } from '@gaiwan/protocol';
import { PlatformError, refuse } from '../errors.ts';
import type { Accounts, AuditLog, Authenticator, Caller } from '../ports.ts';
import type { PlatformErrorCode } from '../refusals.ts';
import { AuditTrail, snakeCase } from './audit-trail.ts';
import { isAuditedFirst } from './audited.ts';
import type { StreamMethod, UnaryMethod } from './method.ts';
import { Steps, type StepsOptions } from './steps.ts';

/** What differs between Teaclave's two APIs. */
export interface ApiConventions {
  /** Is the caller's role looked at before anything else? */
  readonly gate: boolean;
  /** Codes that this API gives another name, and with it another status and text. */
  readonly codes: Readonly<Partial<Record<PlatformErrorCode, PlatformErrorCode>>>;
}

export interface PipelineOptions extends StepsOptions {
  readonly authenticator: Authenticator;
  readonly accounts: Pick<Accounts, 'hold'>;
  readonly conventions: ApiConventions;
  readonly audit: AuditLog;
}

/** A call as it comes from outside. */
export interface IncomingCall {
  /** The request as the wire carries it: what a signature is over. */
  readonly bytes: () => Uint8Array;
  /** Of the call's metadata; '' for what was not sent. */
  readonly header: (name: string) => string;
  /** Where it comes from. */
  readonly address: string;
  /** Aborted when the client goes, or the platform stops. */
  readonly signal: AbortSignal;
}

const accountGone = () =>
  refuse('authentication-failed', 'The account was deleted or begun anew while the call ran.');

export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #steps: Steps;
  readonly #trail: AuditTrail;
  readonly #names = new Map<string, string>();

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#steps = new Steps(options);
    this.#trail = new AuditTrail(options.audit, options.clock);
  }

  /**
   * Who calls, on the headers alone: before a body is read, which `callUnary` and `callStream` come after. `enter` takes a place for
   * the call; where it throws, the call is refused with that.
   *
   * @throws PlatformError with the codes of this API
   */
  async admit(
    action: string,
    incoming: Pick<IncomingCall, 'header' | 'address'>,
    enter: (caller: Subject) => void,
  ): Promise<void> {
    const name = this.#nameOf(action);
    const caller = await this.#admit(action, name, incoming);
    try {
      enter(caller.subject);
    } catch (error) {
      throw await this.#recordFailure(name, caller, error);
    }
  }

  /** @throws PlatformError and whatever else the method throws, with the codes of this API. */
  async callUnary<Request, Reply>(
    method: UnaryMethod<string, Request, Reply>,
    request: Request,
    incoming: IncomingCall,
  ): Promise<Reply> {
    const name = this.#nameOf(method.action);
    const caller = await this.#admit(method.action, name, incoming);
    try {
      const { header, bytes, signal } = incoming;
      const success = () => this.#trail.success(name, caller);
      const reply = await method.run(this.#steps, { caller, request, header, bytes, signal, success });
      if (!method.commits) await this.#trail.recordSuccess(name, caller, isAuditedFirst(method.action));
      return reply;
    } catch (error) {
      throw await this.#recordFailure(name, caller, error);
    }
  }

  /** As `callUnary`; ends with the caller's account. Its line is about the first answer, and a failure after that has another. */
  async *callStream<Request, Reply>(
    method: StreamMethod<string, Request, Reply>,
    request: Request,
    incoming: IncomingCall,
  ): AsyncGenerator<Reply> {
    const name = this.#nameOf(method.action);
    const caller = await this.#admit(method.action, name, incoming);
    try {
      using hold = await this.#options.accounts.hold(caller.subject);
      const { header, bytes } = incoming;
      const signal = AbortSignal.any([incoming.signal, hold.signal]);
      // Not as if there were nothing more to tell.
      const requireAccount = () => {
        if (hold.signal.aborted) throw accountGone();
      };
      requireAccount();
      const success = () => this.#trail.success(name, caller);
      let first = true;
      for await (const reply of method.run(this.#steps, {
        caller,
        request,
        header,
        bytes,
        signal,
        success,
      })) {
        requireAccount();
        if (first) await this.#trail.recordSuccess(name, caller, isAuditedFirst(method.action));
        first = false;
        yield reply;
      }
      requireAccount();
      if (first) await this.#trail.recordSuccess(name, caller, false);
    } catch (error) {
      throw await this.#recordFailure(name, caller, error);
    }
  }

  async #admit(
    action: string,
    name: string,
    { header, address }: Pick<IncomingCall, 'header' | 'address'>,
  ): Promise<Caller> {
    const { authenticator, access, conventions } = this.#options;
    let caller: Caller;
    try {
      // A `role` that a client sends along is ignored.
      caller = await authenticator.authenticate(header('id'), header('token'), address);
    } catch (error) {
      this.#trail.notAuthenticated(name, address);
      throw this.#translate(error);
    }
    if (!conventions.gate) return caller;
    try {
      access.require({ caller, action });
    } catch (error) {
      await this.#trail.notAdmitted(name, caller);
      throw this.#translate(error);
    }
    return caller;
  }

  async #recordFailure(name: string, caller: Caller, error: unknown): Promise<unknown> {
    const translated = this.#translate(error);
    await this.#trail.recordFailure(name, caller, translated);
    return translated;
  }

  #translate(error: unknown): unknown {
    if (!(error instanceof PlatformError)) return error;
    const code = this.#options.conventions.codes[error.code];
    if (code === undefined) return error;
    // The code decides the text of the contract, too.
    const { policyId, subjects, platformTime, retryAfterMs, roles, about, cause } = error;
    // Its remedy is its own where it names roles; else that of the code.
    const remedy = roles.length > 0 ? error.remedy : undefined;
    const details = { policyId, subjects, platformTime, retryAfterMs, roles, about, remedy, cause };
    return refuse(code, error.message, details);
  }

  #nameOf(action: string): string {
    const known = this.#names.get(action) ?? snakeCase(action);
    this.#names.set(action, known);
    return known;
  }
}
