/** Calls without a client of ours: any method, any request, any metadata, and every byte of what comes back. */
import { request as httpsRequest } from 'node:https';
import {
  create,
  type DescMessage,
  type DescMethod,
  type DescMethodStreaming,
  type DescMethodUnary,
  type DescService,
  toBinary,
} from '@bufbuild/protobuf';
import { Code, ConnectError, type Transport } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import * as protocol from '@gaiwan/protocol';
import type { TestPlatform } from '../platform.ts';

/** What came back: `ok`, or the code of a refusal; and every byte of it. */
export interface Told {
  readonly code: string;
  readonly bytes: Buffer;
  /** The last message of it, where there was one. */
  readonly message?: unknown;
}

const isService = (value: unknown): value is DescService =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'service';

/** All services of the contracts, also those that nobody serves to the public. */
export const described: readonly DescService[] = Object.values(protocol)
  .flatMap((file) => Object.values(file))
  .filter(isService);

const ON_AUTHENTICATION_PORT = [
  'TeaclaveAuthenticationApi',
  'KeyService',
  'UserService',
  'AttestationService',
  'StateService',
];
const ON_FRONTEND_PORT = [
  'TeaclaveFrontend',
  'DataService',
  'FunctionService',
  'StorageService',
  'TaskService',
  'AgreementService',
  'AttestationService',
  'StateService',
];

export type Port = 'authentication' | 'frontend';

export interface ServedMethod {
  readonly method: DescMethod;
  readonly port: Port;
}

const methodsOn = (port: Port, names: readonly string[]): ServedMethod[] =>
  described
    .filter(({ name }) => names.includes(name))
    .flatMap(({ methods }) => methods.map((method) => ({ method, port })));

/** Each public method on each port that serves it. */
export const publicMethods: readonly ServedMethod[] = [
  ...methodsOn('authentication', ON_AUTHENTICATION_PORT),
  ...methodsOn('frontend', ON_FRONTEND_PORT),
];

/** Every described method on a port that must not serve it. */
export const hiddenMethods: readonly ServedMethod[] = described.flatMap(({ methods, name }) =>
  (['authentication', 'frontend'] as const)
    .filter((port) => !(port === 'frontend' ? ON_FRONTEND_PORT : ON_AUTHENTICATION_PORT).includes(name))
    .flatMap((port) => methods.map((method) => ({ method, port }))),
);

const text = (parts: readonly (string | Uint8Array)[]): Buffer =>
  Buffer.concat(parts.map((part) => Buffer.from(typeof part === 'string' ? Buffer.from(part) : part)));

const headersIn = (headers: Headers): string[] => [...headers].flat();

function refusal(error: unknown): Told {
  const refused = ConnectError.from(error);
  const [info] = refused.findDetails(protocol.gaiwan.ErrorInfoSchema);
  const details = refused.details.map((detail) =>
    'value' in detail && detail.value instanceof Uint8Array ? detail.value : JSON.stringify(detail),
  );
  return {
    code: info?.code ?? `gRPC ${Code[refused.code]}`,
    bytes: text([
      refused.rawMessage,
      refused.cause instanceof Error ? refused.cause.message : '',
      ...details,
      ...headersIn(refused.metadata),
    ]),
  };
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}

export class Wire {
  readonly #platform: TestPlatform;
  readonly #transports: Readonly<Record<Port, Transport>>;

  constructor(platform: TestPlatform) {
    this.#platform = platform;
    const on = (baseUrl: string) =>
      createGrpcTransport({ baseUrl, nodeOptions: { ca: platform.certificate } });
    this.#transports = { authentication: on(platform.authentication), frontend: on(platform.frontend) };
  }

  /** Never rejects. Of a stream: what it says until it ends, or its first message. */
  async call(
    { method, port }: ServedMethod,
    headers: Readonly<Record<string, string>>,
    request: Readonly<Record<string, unknown>>,
  ): Promise<Told> {
    const message = create<DescMessage>(method.input, request);
    try {
      // What the kind says, which the type of a described method does not follow.
      return await (method.methodKind === 'unary'
        ? this.#unary(method as DescMethodUnary, port, headers, message)
        : this.#stream(method as DescMethodStreaming, port, headers, message));
    } catch (error) {
      return refusal(error);
    }
  }

  async #unary(
    method: DescMethodUnary,
    port: Port,
    headers: Readonly<Record<string, string>>,
    message: ReturnType<typeof create>,
  ): Promise<Told> {
    const answer = await this.#transports[port].unary(method, undefined, undefined, headers, message);
    const bytes = toBinary(method.output, answer.message);
    return {
      code: 'ok',
      bytes: text([bytes, ...headersIn(answer.header), ...headersIn(answer.trailer)]),
      message: answer.message,
    };
  }

  async #stream(
    method: DescMethodStreaming,
    port: Port,
    headers: Readonly<Record<string, string>>,
    message: ReturnType<typeof create>,
  ): Promise<Told> {
    const enough = new AbortController();
    const answer = await this.#transports[port].stream(
      method,
      enough.signal,
      undefined,
      headers,
      once(message),
    );
    for await (const said of answer.message) {
      enough.abort();
      return {
        code: 'ok',
        bytes: text([toBinary(method.output, said), ...headersIn(answer.header)]),
        message: said,
      };
    }
    return { code: 'ok', bytes: text(headersIn(answer.header)) };
  }

  /** Plain HTTP on the frontend's port. */
  http(method: string, path: string, headers: Readonly<Record<string, string>>, body = ''): Promise<Told> {
    return new Promise((resolve, reject) => {
      const url = new URL(path, this.#platform.frontend);
      const sent = httpsRequest(url, { method, headers, ca: this.#platform.certificate }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const bytes = text([...chunks, ...response.rawHeaders]);
          resolve({ code: `HTTP ${response.statusCode}`, bytes });
        });
        response.on('error', reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}
