/** The frontend: who calls, may this role call this endpoint, then on to management; each call into the audit log. */
import type { DescMethod, DescService } from '@bufbuild/protobuf';
import type { ConnectRouter, HandlerContext, ServiceImpl } from '@connectrpc/connect';
import { frontend, gaiwan } from '@gaiwan/protocol';
import { PlatformError, refuse } from '../errors.ts';
import type { AccessControl, AuditLog, Authenticator, Caller, Clock, Management } from '../ports.ts';
import { addressKey } from '../rpc/errors.ts';
import { InFlight } from './in-flight.ts';

export interface FrontendOptions {
  readonly authenticator: Authenticator;
  readonly access: AccessControl;
  readonly management: Management;
  readonly audit: AuditLog;
  readonly clock: Clock;
}

type Unary = (caller: Caller, request: unknown) => Promise<unknown>;
type Streaming = (caller: Caller, request: unknown, signal: AbortSignal) => AsyncIterable<unknown>;

export function frontendRoutes(options: FrontendOptions): (router: ConnectRouter) => void {
  const { management } = options;
  const inFlight = new InFlight();
  return (router) => {
    add(router, options, inFlight, frontend.TeaclaveFrontend, management.frontend);
    add(router, options, inFlight, gaiwan.DataService, management.data);
    add(router, options, inFlight, gaiwan.TaskService, management.tasks);
  };
}

function add(
  router: ConnectRouter,
  options: FrontendOptions,
  inFlight: InFlight,
  service: DescService,
  handlers: object,
): void {
  const methods = service.methods.map((method) => {
    const handler = (handlers as Record<string, Unary & Streaming>)[method.localName];
    if (!handler) throw new Error(`nothing handles ${method.name}`);
    const gate = (context: HandlerContext) => admit(options, method, context);
    const unary = async (request: unknown, context: HandlerContext) => {
      const caller = await gate(context);
      const leave = inFlight.enter(caller.id);
      try {
        const response = await handler(caller, request);
        note(options, caller.address, caller, snake(method.name), true);
        return response;
      } catch (error) {
        note(
          options,
          caller.address,
          caller,
          `${snake(method.name)}:${error instanceof PlatformError ? error.wire : 'service internal error'}`,
          false,
        );
        throw error;
      } finally {
        leave();
      }
    };
    const streaming = async function* (request: unknown, context: HandlerContext) {
      const caller = await gate(context);
      const leave = inFlight.enter(caller.id);
      try {
        yield* handler(caller, request, context.signal);
        note(options, caller.address, caller, snake(method.name), true);
      } finally {
        leave();
      }
    };
    return [method.localName, method.methodKind === 'server_streaming' ? streaming : unary] as const;
  });
  router.service(service, Object.fromEntries(methods) as unknown as ServiceImpl<DescService>);
}

async function admit(options: FrontendOptions, method: DescMethod, context: HandlerContext): Promise<Caller> {
  const address = context.values.get(addressKey);
  const refused = (detail = '') =>
    note(options, address, undefined, `authenticate to ${snake(method.name)}${detail}`, false);
  let caller: Caller;
  try {
    // A `role` that a client sends along is ignored.
    caller = await options.authenticator.authenticate(
      context.requestHeader.get('id') ?? '',
      context.requestHeader.get('token') ?? '',
      address,
    );
  } catch (error) {
    refused(': authentication failed');
    if (!(error instanceof PlatformError) || error.code !== 'authentication-failed') throw error;
    throw refuse('credentials-refused', error.message);
  }
  try {
    options.access.require({ caller, action: method.name });
  } catch (error) {
    refused();
    throw error;
  }
  return caller;
}

const names = new Map<string, string>();

function snake(name: string): string {
  let text = names.get(name);
  if (text === undefined) {
    text = name.replace(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
    names.set(name, text);
  }
  return text;
}

function note(
  { audit, clock }: FrontendOptions,
  address: string,
  caller: Caller | undefined,
  message: string,
  result: boolean,
): void {
  const { name, attribute } = caller?.role ?? {};
  const role = attribute ? `${name}("${attribute}")` : name;
  audit.record({
    microsecond: clock.now() * 1000,
    address,
    user: caller ? `{ user: ${caller.id}, role: ${role} }` : '',
    message,
    result,
  });
}
