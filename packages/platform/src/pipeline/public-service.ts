/** What the RPC server takes: services whose every method is made by `command`, `query`, `stream` or `open`. */
import type { DescMethod, DescService } from '@bufbuild/protobuf';
import type { GeneratedService, Handlers } from './handlers.ts';
import { isPublicMethod, type PublicMethod } from './method.ts';
import type { Pipeline } from './pipeline.ts';

export interface ServedMethod {
  readonly method: DescMethod;
  readonly handler: PublicMethod;
}

class PublicService {
  readonly name: string;
  readonly methods: readonly ServedMethod[];
  /** Absent where all methods are open. */
  readonly pipeline: Pipeline | undefined;

  constructor(service: DescService, handlers: Readonly<Record<string, unknown>>, pipeline?: Pipeline) {
    this.name = service.typeName;
    this.methods = service.methods.map((method) => {
      const handler = handlers[method.localName];
      if (!isPublicMethod(handler)) throw new TypeError(`no handler is made for ${this.name}.${method.name}`);
      if (handler.kind !== 'open' && handler.action !== method.name)
        throw new TypeError(`${this.name}.${method.name} asks for the action ${handler.action}`);
      if (handler.kind !== 'open' && pipeline === undefined)
        throw new TypeError(`${this.name}.${method.name} needs a pipeline`);
      return { method, handler };
    });
    this.pipeline = pipeline;
  }
}

export type { PublicService };

/** @throws TypeError for a method without a handler, at the start. */
export const serve = <S extends GeneratedService, Open extends keyof S['method'] = never>(
  service: S,
  handlers: Handlers<S, Open>,
  pipeline: Pipeline,
): PublicService => new PublicService(service, handlers, pipeline);

/** A service whose callers have no accounts: whoever can connect may call. */
export const serveOpen = <S extends GeneratedService>(
  service: S,
  handlers: Handlers<S, keyof S['method']>,
): PublicService => new PublicService(service, handlers);
