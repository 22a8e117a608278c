/** A service's methods as functions of a caller and a request, by way of a pipeline that knows every caller. */
import type { StreamMethod, UnaryMethod } from '../pipeline/method.ts';
import { Pipeline, type PipelineOptions } from '../pipeline/pipeline.ts';
import type { Caller } from '../ports.ts';

type Call<Method> =
  Method extends UnaryMethod<string, infer Request, infer Reply>
    ? (caller: Caller, request: Request) => Promise<Reply>
    : Method extends StreamMethod<string, infer Request, infer Reply>
      ? (caller: Caller, request: Request, signal: AbortSignal) => AsyncIterable<Reply>
      : never;

export type Calls<Methods> = { readonly [Name in keyof Methods]: Call<Methods[Name]> };

type AnyMethod =
  | UnaryMethod<string, unknown, unknown>
  | StreamMethod<string, unknown, unknown>
  | { readonly kind: 'open' };

/** Whoever the test says calls. */
export function callsOf<Methods extends object>(
  methods: Methods,
  options: Omit<PipelineOptions, 'authenticator'>,
): Calls<Methods> {
  const callers = new Map<string, Caller>();
  const authenticate = async (id: string) => {
    const caller = callers.get(id);
    if (!caller) throw new Error(`${id} does not call`);
    return caller;
  };
  const pipeline = new Pipeline({ ...options, authenticator: { authenticate } });
  const incoming = (caller: Caller, signal = new AbortController().signal) => {
    callers.set(caller.id, caller);
    return {
      header: (name: string) => (name === 'id' ? caller.id : ''),
      bytes: () => new Uint8Array(),
      address: caller.address,
      signal,
    };
  };
  const calls = Object.entries(methods as Record<string, AnyMethod>).map(([name, method]) => {
    if (method.kind === 'open') return [name, undefined];
    if (method.kind === 'unary')
      return [
        name,
        (caller: Caller, request: unknown) => pipeline.callUnary(method, request, incoming(caller)),
      ];
    return [
      name,
      (caller: Caller, request: unknown, signal: AbortSignal) =>
        pipeline.callStream(method, request, incoming(caller, signal)),
    ];
  });
  return Object.fromEntries(calls) as Calls<Methods>;
}
