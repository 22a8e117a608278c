/** Every method of a service, each made by `command`, `query`, `stream` or `open`. */
import type {
  DescMessage,
  DescMethod,
  DescService,
  MessageInitShape,
  MessageShape,
} from '@bufbuild/protobuf';
import type { OpenMethod, StreamMethod, UnaryMethod } from './method.ts';

/** A generated service: its methods by their names in lower camel case. */
export type GeneratedService = DescService & { readonly method: Readonly<Record<string, GeneratedMethod>> };
type GeneratedMethod = DescMethod & { readonly input: DescMessage; readonly output: DescMessage };

type Request<M extends GeneratedMethod> = MessageShape<M['input']>;
type Reply<M extends GeneratedMethod> = MessageInitShape<M['output']>;

/** By name; an action is the method's name. `Open`: the methods that are for callers without an account. */
export type Handlers<S extends GeneratedService, Open extends keyof S['method'] = never> = {
  readonly [K in keyof S['method'] & string]: K extends Open
    ? OpenMethod<S['method'][K]>
    : S['method'][K]['methodKind'] extends 'server_streaming'
      ? StreamMethod<Capitalize<K>, Request<S['method'][K]>, Reply<S['method'][K]>>
      : UnaryMethod<Capitalize<K>, Request<S['method'][K]>, Reply<S['method'][K]>>;
};
