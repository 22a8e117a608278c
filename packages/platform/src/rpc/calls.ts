/** Calls as they come over HTTP: to their methods, each with its bounds; everything else elsewhere. */
import { type ContextValues, createConnectRouter, createContextValues } from '@connectrpc/connect';
import type { UniversalHandler } from '@connectrpc/connect/protocol';
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from '@connectrpc/connect-node';
import { wireRefusals } from '@gaiwan/protocol';
import { limits } from '../limits.ts';
import type { PublicService } from '../pipeline/public-service.ts';
import { Call, callKey, type Graces } from './call.ts';
import type { ConnectionLife } from './connection-life.ts';
import { type Budgets, Door, newBudgets } from './door.ts';
import { addressKey, errorInterceptor } from './errors.ts';
import { FairCalls } from './fair-calls.ts';
import { FewPerTurn } from './few-per-turn.ts';
import { type HttpRequest, type HttpResponse, replyStatus } from './http.ts';
import { largestMessageOf } from './largest-messages.ts';
import { mount } from './mount.ts';
import { sourceOf } from './source.ts';
import { Strangers } from './strangers.ts';

export interface CallsOptions {
  readonly services: readonly PublicService[];
  /** Whoever connects has attested itself. */
  readonly attested: boolean;
  /** What a call knows of its connection. */
  readonly context: (request: HttpRequest, values: ContextValues) => void;
  readonly lifeOf: (request: HttpRequest) => ConnectionLife | undefined;
  /** Everything that is no RPC. */
  readonly fallback: Fallback;
  /** Calls that wait end with it. */
  readonly closing: AbortSignal;
  /** Default: as limits.md says. */
  readonly budgets?: Budgets;
  readonly graces?: Graces;
  /** Default: as limits.md says. */
  readonly strangers?: Strangers;
  /** Calls of users that wait for their turn at most. Default: as limits.md says. */
  readonly waiting?: number;
  readonly report: (error: unknown) => void;
}

/** `know`: called where the request shows who made it. */
export type Fallback = (request: HttpRequest, response: HttpResponse, know: () => void) => void;

/** Answers over plain HTTP to requests that show nobody. */
const STRANGE: ReadonlySet<number> = new Set([404, wireRefusals['bad-capability'].http]);

type Listener = (request: HttpRequest, response: HttpResponse) => void;

/** @throws TypeError for a method without a largest message */
export function callsListener(options: CallsOptions): Listener {
  const { attested, report, closing, lifeOf, fallback, services, graces } = options;
  const { strangers = new Strangers(), waiting = limits.callsWaiting.value } = options;
  const fair = new FairCalls();
  const users = new FewPerTurn(limits.callsPerTurn.value, waiting);
  const others = new FewPerTurn(limits.strangersCallsPerTurn.value, limits.strangersWaitingOfAll.value);
  const door = new Door({ attested, budgets: options.budgets ?? newBudgets(), report });
  const router = createConnectRouter({
    interceptors: [errorInterceptor(report)],
    // As in Teaclave: it costs more than it saves on small messages.
    acceptCompression: [],
    writeMaxBytes: limits.reply.value,
    shutdownSignal: closing,
  });
  for (const service of services)
    mount(router, service, ({ method, handler }) => ({
      readMaxBytes: largestMessageOf(method.name),
      requestGate: door.gateOf(handler, service.pipeline),
    }));
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  /** Whether one more call from there may wait for its turn, with all that it holds. */
  const mayWait = (source: string) => {
    const own = others.waitingOf(source);
    const most =
      own < limits.strangersLeastCalls.value ? limits.strangersWaitingOfAll : limits.strangersWaiting;
    return own < limits.strangersWaitingPerAddress.value && others.waiting < most.value;
  };
  return (request, response) => {
    const life = lifeOf(request);
    const handler = handlers.get((request.url ?? '').split('?', 1)[0] ?? '');
    const source = sourceOf(request.socket.remoteAddress ?? '');
    // Files have capabilities, and places of their own.
    const isCall = handler !== undefined && !attested;
    if (isCall && life?.isKnown === false && strangers.areTooMany(source)) return life.end();
    life?.begin();
    response.once('close', () => life?.finish());
    if (handler === undefined) {
      // A file without its capability, or nothing that there is: as cheap to ask for as any call, and as dear to answer.
      let isStranger = !attested;
      response.once('close', () => {
        if (isStranger && STRANGE.has(response.statusCode) && !strangers.count(source)) life?.refuse();
      });
      return fallback(request, response, () => {
        isStranger = false;
        life?.know();
      });
    }
    const call = new Call({ request, response, life, source, graces, strangers, fair, report });
    const serve = () => {
      // Its body would be taken for an empty one.
      if (call.hasEnded) return false;
      void serveCall(handler, call, { request, response, options }).catch(report);
      return true;
    };
    // A connection brings hundreds of calls at once, and whoever else calls would wait until all of them have begun.
    const serveInTurn = () => {
      if (users.run(life ?? request.socket, serve)) return;
      call.turnAway();
      serve();
    };
    if (!isCall || life?.isKnown !== false) return serveInTurn();
    if (!mayWait(source)) return life.end();
    others.run(source, () => {
      if (life.isKnown) {
        serveInTurn();
        return false;
      }
      if (call.hasEnded) call.countStranger();
      else if (!strangers.areTooMany(source)) return serve();
      else life.end();
      return false;
    });
  };
}

interface Exchange {
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly options: CallsOptions;
}

async function serveCall(
  handler: UniversalHandler,
  call: Call,
  { request, response, options }: Exchange,
): Promise<void> {
  const values = createContextValues()
    .set(callKey, call)
    .set(addressKey, request.socket.remoteAddress ?? '');
  options.context(request, values);
  let incoming: ReturnType<typeof universalRequestFromNodeRequest>;
  try {
    incoming = universalRequestFromNodeRequest(request, response, undefined, values);
  } catch {
    // Its host or its path is no part of any URL.
    return replyStatus(request, response, 400);
  }
  // What services say to each other in both directions has no end that could be waited for.
  const endless = handler.method.methodKind === 'bidi_streaming';
  const body = endless ? incoming.body : call.receive(incoming.body, largestMessageOf(handler.method.name));
  const reply = await handler({ ...incoming, body });
  try {
    await universalResponseToNodeResponse(endless ? reply : call.send(reply), response);
  } catch {
    // The other side has gone, or was cut off.
  }
}
