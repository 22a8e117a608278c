/** Connections to the two ports of a platform. */
import type { DescService } from '@bufbuild/protobuf';
import { type Client, createClient, type Interceptor, type Transport } from '@connectrpc/connect';
import { createConnectTransport, createGrpcTransport } from '@connectrpc/connect-node';
import { authentication, frontend, gaiwan } from '@gaiwan/protocol';
import type { PeerVerifier } from '@gaiwan/trust';
import { GaiwanError } from './errors.ts';
import { limits } from './limits.ts';
import { fromRpc } from './rpc-errors.ts';
import { reveal, Secret } from './secret.ts';
import { AttestedSessions } from './trust/sessions.ts';

const MAX_MESSAGE = limits.message.value;

export interface RpcOptions {
  readonly authentication: URL;
  readonly frontend: URL;
  readonly verifiers: { readonly authentication: PeerVerifier; readonly frontend: PeerVerifier };
  readonly protocol: 'grpc' | 'connect';
}

export class Rpc {
  readonly options: RpcOptions;
  readonly authentication: Client<typeof authentication.TeaclaveAuthenticationApi>;
  readonly frontend: Client<typeof frontend.TeaclaveFrontend>;
  readonly data: Client<typeof gaiwan.DataService>;
  readonly functions: Client<typeof gaiwan.FunctionService>;
  readonly tasks: Client<typeof gaiwan.TaskService>;
  readonly attestation: Client<typeof gaiwan.AttestationService>;
  readonly sessions: { readonly authentication: AttestedSessions; readonly frontend: AttestedSessions };
  readonly #closed = new AbortController();
  #credentials: { readonly id: string; readonly token: Secret } | undefined;

  constructor(options: RpcOptions) {
    this.options = options;
    this.sessions = {
      authentication: new AttestedSessions(options.authentication, options.verifiers.authentication),
      frontend: new AttestedSessions(options.frontend, options.verifiers.frontend),
    };
    this.authentication = this.#client(
      authentication.TeaclaveAuthenticationApi,
      options.authentication,
      this.#transport(options.authentication, this.sessions.authentication),
    );
    const transport = this.#transport(options.frontend, this.sessions.frontend);
    this.frontend = this.#client(frontend.TeaclaveFrontend, options.frontend, transport);
    this.data = this.#client(gaiwan.DataService, options.frontend, transport);
    this.functions = this.#client(gaiwan.FunctionService, options.frontend, transport);
    this.tasks = this.#client(gaiwan.TaskService, options.frontend, transport);
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
    this.#credentials = { id, token: typeof token === 'string' ? new Secret(token) : token };
  }

  forgetToken(): void {
    this.#credentials = undefined;
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
      interceptors: [this.#sign],
      readMaxBytes: MAX_MESSAGE,
      useBinaryFormat: true,
    };
    return this.options.protocol === 'grpc'
      ? createGrpcTransport(common)
      : createConnectTransport({ ...common, httpVersion: '2' });
  }

  /** Adds the user's credentials. */
  readonly #sign: Interceptor = (next) => (request) => {
    if (this.#credentials) {
      request.header.set('id', this.#credentials.id);
      request.header.set('token', reveal(this.#credentials.token));
    }
    return next(request);
  };

  /** A client whose methods reject with `GaiwanError`. */
  #client<S extends DescService>(service: S, url: URL, transport: Transport): Client<S> {
    const where = url.host;
    const closed = this.closed;
    return new Proxy(createClient(service, transport), {
      get(client, name, receiver) {
        const method: unknown = Reflect.get(client, name, receiver);
        if (typeof method !== 'function') return method;
        return (...args: readonly unknown[]) => {
          if (closed.aborted) throw new GaiwanError('closed', 'This client was closed: connect again.');
          // A client of the library has methods that return one of these two, and nothing else.
          const answer = method(...args) as Promise<unknown> | AsyncIterable<unknown>;
          if (Symbol.asyncIterator in answer) return convertStreamErrors(answer, where, closed);
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

async function* convertStreamErrors(stream: AsyncIterable<unknown>, where: string, closed: AbortSignal) {
  try {
    yield* stream;
  } catch (error) {
    throw toGaiwanError(error, where, closed);
  }
}
