/** gaiwan.v1.WorkerService. Whoever gets here was judged by its evidence when it connected. */
import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect';
import { worker as wire } from '@gaiwan/protocol';
import type { Scheduler } from './scheduler.ts';

export function workerRoutes(
  scheduler: Scheduler,
  report: (error: unknown) => void,
): (router: ConnectRouter) => void {
  return (router) => {
    router.service(wire.WorkerService, {
      async *attach(requests, context) {
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
          .catch((error: unknown) => {
            // A worker that goes is none of our errors; what it said and nobody can take is.
            if (!context.signal.aborted) report(error);
          })
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
