/** gaiwan.v1.WorkerService. */
import type { MessageShape } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { worker as wire } from '@gaiwan/protocol';
import { open } from '../../pipeline/method.ts';
import { type PublicService, serveOpen } from '../../pipeline/public-service.ts';
import type { Scheduler } from './scheduler.ts';
import type { ToWorker } from './workers.ts';

export function workerService(scheduler: Scheduler, report: (error: unknown) => void): PublicService {
  return serveOpen(wire.WorkerService, {
    attach: open({
      because: 'its callers are workers, judged by their evidence when they connected',
      run: (requests, { signal }) => serveWorker(scheduler, requests, signal, report),
    }),
  });
}

/** One worker, from its hello until its stream ends. */
async function* serveWorker(
  scheduler: Scheduler,
  requests: AsyncIterable<MessageShape<typeof wire.FromWorkerSchema>>,
  signal: AbortSignal,
  report: (error: unknown) => void,
): AsyncGenerator<ToWorker> {
  const messages = requests[Symbol.asyncIterator]();
  const first = await messages.next();
  if (first.done || first.value.message.case !== 'hello') {
    throw new ConnectError('the first message must be a hello', Code.InvalidArgument);
  }
  const worker = scheduler.attach(first.value.message.value);
  const detach = () => scheduler.detach(worker);
  signal.addEventListener('abort', detach);
  const reading = (async () => {
    for (let next = await messages.next(); !next.done; next = await messages.next()) {
      // Not awaited: one task's commit must not hold up another's.
      scheduler.receive(worker, next.value).catch(report);
    }
  })()
    .catch((error: unknown) => {
      // A worker that goes is none of our errors; what it said and nobody can take is.
      if (!signal.aborted) report(error);
    })
    .finally(detach);
  try {
    yield* worker.outbox;
  } finally {
    detach();
    void reading;
  }
}
