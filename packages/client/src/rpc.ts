/** Connections to the two ports of a platform. */
import { type DescMethod, type DescService, isMessage, type Message } from '@bufbuild/protobuf';
import { type Client, createClient, type Interceptor, type Transport } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node';
import { authentication, frontend, gaiwan, SIGNATURE_HEADER } from '@gaiwan/protocol';
import type { InstancePin, PeerVerifier, PlatformState } from '@gaiwan/trust';
import { CallSigner, type Identity, isSignedMethod, keyIdOf, PlatformClock } from './call-signer.ts';
import { GaiwanError } from './errors.ts';
import { limits } from './limits.ts';
import { fromRpc, platformTimeOf } from './rpc-errors.ts';
import { reveal, Secret } from './secret.ts';
import type { Signer } from './signer.ts';
import type { StateGuard } from './state/guard.ts';
import { stateAnswer, stateQuestion } from './trust/confirm.ts';
import { AttestedSessions } from './trust/sessions.ts';

const MAX_MESSAGE = limits.message.value;

export interface RpcOptions {
  readonly authentication: URL;
  readonly frontend: URL;
  readonly verifiers: { readonly authentication: PeerVerifier; readonly frontend: PeerVerifier };
  /** The instance that all connections must lead to. */
  readonly pin: InstancePin;
  /** What all connections must be as new as. */
  readonly guard: StateGuard;
  readonly protocol: 'grpc' | 'connect';
}

export class Rpc {
  readonly options: RpcOptions;
  readonly authentication: Client<typeof authentication.TeaclaveAuthenticationApi>;
  readonly frontend: Client<typeof frontend.TeaclaveFrontend>;
  readonly data: Client<typeof gaiwan.DataService>;
  readonly functions: Client<typeof gaiwan.FunctionService>;
  readonly storage: Client<typeof gaiwan.StorageService>;
  readonly tasks: Client<typeof gaiwan.TaskService>;
  readonly agreements: Client<typeof gaiwan.AgreementService>;
  readonly attestation: Client<typeof gaiwan.AttestationService>;
  readonly keys: Client<typeof gaiwan.KeyService>;
  readonly users: Client<typeof gaiwan.UserService>;
  readonly #states: Client<typeof gaiwan.StateService>;
  readonly sessions: { readonly authentication: AttestedSessions; readonly frontend: AttestedSessions };
  readonly #closed = new AbortController();
  readonly #clock = new PlatformClock();
  #credentials: { readonly id: string; readonly token: Secret } | undefined;
  #signer: CallSigner | undefined;
  #identity: Promise<Identity> | undefined;

  constructor(options: RpcOptions) {
    this.options = options;
    const { verifiers, pin, guard } = options;
    this.sessions = {
      authentication: new AttestedSessions(options.authentication, verifiers.authentication, pin, guard),
      frontend: new AttestedSessions(options.frontend, verifiers.frontend, pin, guard),
    };
    const accounts = this.#transport(options.authentication, this.sessions.authentication);
    this.authentication = this.#client(
      authentication.TeaclaveAuthenticationApi,
      options.authentication,
      accounts,
    );
    this.keys = this.#client(gaiwan.KeyService, options.authentication, accounts);
    this.users = this.#client(gaiwan.UserService, options.authentication, accounts);
    const transport = this.#transport(options.frontend, this.sessions.frontend);
    this.frontend = this.#client(frontend.TeaclaveFrontend, options.frontend, transport);
    this.data = this.#client(gaiwan.DataService, options.frontend, transport);
    this.functions = this.#client(gaiwan.FunctionService, options.frontend, transport);
    this.storage = this.#client(gaiwan.StorageService, options.frontend, transport);
    this.tasks = this.#client(gaiwan.TaskService, options.frontend, transport);
    this.agreements = this.#client(gaiwan.AgreementService, options.frontend, transport);
    this.#states = this.#client(gaiwan.StateService, options.frontend, transport);
    this.attestation = this.#client(gaiwan.AttestationService, options.frontend, transport);
  }

  /** Aborts when the client is closed. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  get user(): string | undefined {
    return this.#credentials?.id;
  }

  /** Throws `GaiwanError` (not-logged-in). */
  get token(): Secret {
    if (!this.#credentials) throw new GaiwanError('not-logged-in', 'Nobody is logged in: call login first.');
    return this.#credentials.token;
  }

  useToken(id: string, token: Secret | string): void {
    if (this.#credentials?.id !== id) this.#forgetSigner();
    this.#credentials = { id, token: typeof token === 'string' ? new Secret(token) : token };
  }

  forgetToken(): void {
    this.#credentials = undefined;
    this.#forgetSigner();
  }

  /** Later calls of this user are signed. `identity`: what the account is known to be; else it is asked for. */
  useSigner(signer: Signer, identity?: Identity): void {
    if (identity) this.#identity = Promise.resolve(identity);
    this.#signer = this.signerOf(signer);
  }

  /** With what the user signs, and as whom; undefined where nothing is signed. */
  async ownKey(): Promise<{ readonly subject: string; readonly keyId: string } | undefined> {
    const signer = this.#signer;
    if (!signer) return undefined;
    const { subject } = await this.#identify();
    return { subject, keyId: keyIdOf(signer.signer) };
  }

  /** How far the platform's data have come by now; held to what was seen before, and remembered. */
  async state(): Promise<PlatformState> {
    const { connection } = await this.sessions.frontend.peer().catch((error: unknown) => {
      throw fromRpc(error, this.options.frontend.host);
    });
    return this.options.guard.check(connection.instance, async (nonce, seen) =>
      stateAnswer(await this.#states.getState(stateQuestion(nonce, seen))),
    );
  }

  /** Signs as this user, with any key. */
  signerOf(signer: Signer): CallSigner {
    return new CallSigner(signer, () => this.#identify(), this.#clock);
  }

  /** What the platform knows of the user; its clock is heard of on the way. */
  async account(): Promise<gaiwan.GetAccountResponse> {
    const answer = await this.keys.getAccount({});
    this.#clock.correct(Number(answer.platformTime));
    // What is signed for an instance is signed for the one that the evidence names.
    if (answer.instance !== this.options.pin.id)
      throw new GaiwanError(
        'bad-answer',
        `The platform says that it is the instance ${JSON.stringify(answer.instance.slice(0, 64))}, and its evidence names another.`,
      );
    return answer;
  }

  #identify(): Promise<Identity> {
    const asked = this.#identity ?? this.account().then(({ subject, instance }) => ({ subject, instance }));
    this.#identity = asked;
    // A question that failed is asked again.
    asked.catch(() => {
      if (this.#identity === asked) this.#identity = undefined;
    });
    return asked;
  }

  #forgetSigner(): void {
    this.#signer = undefined;
    this.#identity = undefined;
  }

  close(): void {
    this.#closed.abort();
    this.sessions.authentication.close();
    this.sessions.frontend.close();
  }

  #transport(url: URL, sessionManager: AttestedSessions): Transport {
    const common = {
      baseUrl: url.origin,
      sessionManager,
      interceptors: [this.#authorise, this.#sign],
      readMaxBytes: MAX_MESSAGE,
      useBinaryFormat: true,
    };
    return this.options.protocol === 'grpc'
      ? createGrpcTransport(common)
      : createConnectTransport({ ...common, httpVersion: '2' });
  }

  /** Adds the user's credentials. */
  readonly #authorise: Interceptor = (next) => (request) => {
    if (this.#credentials) {
      request.header.set('id', this.#credentials.id);
      request.header.set('token', reveal(this.#credentials.token));
    }
    return next(request);
  };

  /** Adds the user's signature. A call that the platform refuses for its time is signed again, once, with the right one. */
  readonly #sign: Interceptor = (next) => async (request) => {
    const signer = this.#signer;
    if (!signer || !isSignedMethod(request.method.name)) return next(request);
    if (request.stream) {
      const message = await onlyMessage(request.message);
      request.header.set(SIGNATURE_HEADER, await signer.signCall(...callOf(request.method, message)));
      return next({ ...request, message: once(message) });
    }
    const sign = async () =>
      request.header.set(SIGNATURE_HEADER, await signer.signCall(...callOf(request.method, request.message)));
    await sign();
    try {
      return await next(request);
    } catch (error) {
      const time = platformTimeOf(error);
      if (time === undefined) throw error;
      this.#clock.correct(time);
      await sign();
      return next(request);
    }
  };

  /** A client whose methods reject with `GaiwanError`. */
  #client<S extends DescService>(service: S, url: URL, transport: Transport): Client<S> {
    const where = url.host;
    const closed = this.closed;
    const clock = this.#clock;
    return new Proxy(createClient(service, transport), {
      get(client, name, receiver) {
        const method: unknown = Reflect.get(client, name, receiver);
        if (typeof method !== 'function') return method;
        return (...args: readonly unknown[]) => {
          if (closed.aborted) throw new GaiwanError('closed', 'This client was closed: connect again.');
          // A client of the library has methods that return one of these two, and nothing else.
          const answer = method(...args) as Promise<unknown> | AsyncIterable<unknown>;
          if (Symbol.asyncIterator in answer)
            return convertStreamErrors(answer, (error) => {
              const time = platformTimeOf(error);
              if (time !== undefined) clock.correct(time);
              return toGaiwanError(error, where, closed);
            });
          return answer.catch((error: unknown) => {
            throw toGaiwanError(error, where, closed);
          });
        };
      },
    });
  }
}

function toGaiwanError(error: unknown, where: string, closed: AbortSignal): GaiwanError {
  if (closed.aborted)
    return new GaiwanError('closed', 'This client was closed while it waited.', { cause: error });
  return fromRpc(error, where);
}

async function* convertStreamErrors(
  stream: AsyncIterable<unknown>,
  convert: (error: unknown) => GaiwanError,
) {
  try {
    yield* stream;
  } catch (error) {
    throw convert(error);
  }
}

const callOf = ({ name, input }: DescMethod, message: Message) => [name, input, message] as const;

/** Methods that answer with a stream are asked with one message. */
async function onlyMessage(messages: AsyncIterable<unknown>): Promise<Message> {
  for await (const message of messages) if (isMessage(message)) return message;
  throw new TypeError('a call without a request');
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}
