/**
 * The makers of public methods. A service takes nothing else: a plain function is no method, also for the compiler.
 *
 * ```ts
 * cancelTask: command({
 *   action: 'CancelTask',
 *   resource: onTask,
 *   run: ({ tx, resource: before }) => ({ reply: {}, ...takeStep(tx, 'cancel', before, {}) }),
 * }),
 * ```
 */
import type { DescMessage, DescMethod, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import type { ConnectRouter, MethodImpl } from '@connectrpc/connect';
import type { CommandSpec, QuerySpec, StreamSpec } from './spec.ts';
import type { AdmittedCall, Steps } from './steps.ts';

type Router = Pick<ConnectRouter, 'rpc'>;
type MethodOptions = Parameters<ConnectRouter['rpc']>[2];

// Their methods, not properties, take the request: so a service can hold methods of different requests in one list.
interface UnaryRun<Request, Reply> {
  run(steps: Steps, call: AdmittedCall<Request>): Promise<Reply>;
}
interface Registration<Method> {
  register(router: Router, method: Method, options: MethodOptions): void;
}
interface StreamRun<Request, Reply> {
  run(steps: Steps, call: AdmittedCall<Request>): AsyncIterable<Reply>;
}

/** One answer. Made by `command` and `query`. */
class UnaryMethod<Action extends string, Request, Reply> {
  readonly kind = 'unary';
  readonly action: Action;
  /** Does it commit what it does, and its audit entry with it? */
  readonly commits: boolean;
  readonly #how: UnaryRun<Request, Reply>;

  constructor(action: Action, commits: boolean, how: UnaryRun<Request, Reply>) {
    this.action = action;
    this.commits = commits;
    this.#how = how;
  }

  run(steps: Steps, call: AdmittedCall<Request>): Promise<Reply> {
    return this.#how.run(steps, call);
  }
}

/** Many answers. Made by `stream`. */
class StreamMethod<Action extends string, Request, Reply> {
  readonly kind = 'stream';
  readonly action: Action;
  readonly #how: StreamRun<Request, Reply>;

  constructor(action: Action, how: StreamRun<Request, Reply>) {
    this.action = action;
    this.#how = how;
  }

  run(steps: Steps, call: AdmittedCall<Request>): AsyncIterable<Reply> {
    return this.#how.run(steps, call);
  }
}

/** For callers without an account. Made by `open`. */
class OpenMethod<Method extends DescMethod> {
  readonly kind = 'open';
  readonly because: string;
  readonly #how: Registration<Method>;

  constructor(because: string, how: Registration<Method>) {
    this.because = because;
    this.#how = how;
  }

  /** `method`: its own descriptor, under which `Handlers` puts it. */
  register(router: Router, method: Method, options: MethodOptions): void {
    this.#how.register(router, method, options);
  }
}

export interface OpenSpec<Method extends DescMethod> {
  /** Why nobody is asked who they are: for the list of exceptions, which a test pins. */
  readonly because: string;
  readonly run: MethodImpl<Method>;
}

export type { OpenMethod, StreamMethod, UnaryMethod };

/** A method that changes something: one commit, with its event and its audit entry. */
export const command = <Action extends string, Request, Found, Reply>(
  spec: CommandSpec<Action, Request, Found, Reply>,
): UnaryMethod<Action, Request, Reply> =>
  new UnaryMethod(spec.action, true, { run: (steps, call) => steps.command(spec, call) });

/** A method that only reads. */
export const query = <Action extends string, Request, Found, Reply>(
  spec: QuerySpec<Action, Request, Found, Reply>,
): UnaryMethod<Action, Request, Reply> =>
  new UnaryMethod(spec.action, false, { run: (steps, call) => steps.query(spec, call) });

/** A method that reads, and answers more than once. */
export const stream = <Action extends string, Request, Found, Reply>(
  spec: StreamSpec<Action, Request, Found, Reply>,
): StreamMethod<Action, Request, Reply> =>
  new StreamMethod(spec.action, { run: (steps, call) => steps.stream(spec, call) });

/** A method outside of authorisation, transaction, event and audit; it says why. */
export const open = <Method extends DescMethod>(spec: OpenSpec<Method>): OpenMethod<Method> =>
  new OpenMethod(spec.because, {
    register: (router, method, options) => router.rpc(method, spec.run, options),
  });

/** A method of any service. */
export type PublicMethod =
  | UnaryMethod<string, MessageShape<DescMessage>, MessageInitShape<DescMessage>>
  | StreamMethod<string, MessageShape<DescMessage>, MessageInitShape<DescMessage>>
  | OpenMethod<DescMethod>;

/** Was it made by one of the makers? For what the compiler has not seen. */
export const isPublicMethod = (value: unknown): value is PublicMethod =>
  value instanceof UnaryMethod || value instanceof StreamMethod || value instanceof OpenMethod;
