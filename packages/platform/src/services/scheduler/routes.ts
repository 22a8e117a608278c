/** gaiwan.v1.WorkerService: only for workers that hold this start's secret. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect';
import { worker as wire } from '@gaiwan/protocol';
import type { Scheduler } from './scheduler.ts';

const digest = (text: string) => createHash('sha256').update(text).digest();

export function workerRoutes(
  scheduler: Scheduler,
  secret: string,
  report: (error: unknown) => void,
): (router: ConnectRouter) => void {
  const expected = digest(`Bearer ${secret}`);
  return (router) => {
    router.service(wire.WorkerService, {
      async *attach(requests, context) {
        if (!timingSafeEqual(digest(context.requestHeader.get('authorization') ?? ''), expected)) {
          throw new ConnectError('not a worker of this platform', Code.Unauthenticated);
        }
        const messages = requests[Symbol.asyncIterator]();
        const first = await messages.next();
        if (first.done || first.value.message.case !== 'hello') {
          throw new ConnectError('the first message must be a hello', Code.InvalidArgument);
        }
        const worker = scheduler.attach(first.value.message.value);
        const detach = () => scheduler.detach(worker);
        context.signal.addEventListener('abort', detach);
        const reading = (async () => {
          for (let next = await messages.next(); !next.done; next = await messages.next()) {
            // Not awaited: one task's commit must not hold up another's.
            scheduler.receive(worker, next.value).catch(report);
          }
        })()
          .catch(() => undefined)
          .finally(detach);
        try {
          yield* worker.outbox;
        } finally {
          detach();
          void reading;
        }
      },
    });
  };
}
