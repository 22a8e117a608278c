/** gaiwan.v1.WorkerService. */
import type { TLSSocket } from 'node:tls';
import type { MessageShape } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import type { OwnEvidence } from '@gaiwan/enclave';
import { worker as wire } from '@gaiwan/protocol';
import { open } from '../../pipeline/method.ts';
import { type PublicService, serveOpen } from '../../pipeline/public-service.ts';
import { localKey } from '../../rpc/local-key.ts';
import type { Scheduler } from './scheduler.ts';
import type { ToWorker } from './workers.ts';

/** Rejects unless the worker itself is at the other end of the connection. `said`: in its hello. */
export type ConfirmWorker = (socket: TLSSocket | undefined, said: OwnEvidence) => Promise<void>;

export function workerService(
  scheduler: Scheduler,
  confirm: ConfirmWorker,
  report: (error: unknown) => void,
): PublicService {
  return serveOpen(wire.WorkerService, {
    attach: open({
      because: 'its callers are workers, judged by their evidence when they connected',
      run: (requests, { signal, values }) => {
        const socket = values.get(localKey);
        const confirmed = (said: OwnEvidence) => confirm(socket, said);
        return serveWorker({ scheduler, confirmed, signal, report }, requests);
      },
    }),
  });
}

export interface WorkerStream {
  readonly scheduler: Scheduler;
  readonly confirmed: (said: OwnEvidence) => Promise<void>;
  readonly signal: AbortSignal;
  readonly report: (error: unknown) => void;
}

/** One worker, from its hello until its stream ends. */
export async function* serveWorker(
  { scheduler, confirmed, signal, report }: WorkerStream,
  requests: AsyncIterable<MessageShape<typeof wire.FromWorkerSchema>>,
): AsyncGenerator<ToWorker> {
  const messages = requests[Symbol.asyncIterator]();
  const first = await messages.next();
  if (first.done || first.value.message.case !== 'hello') {
    throw new ConnectError('the first message must be a hello', Code.InvalidArgument);
  }
  const hello = first.value.message.value;
  await confirmed(hello).catch((error: unknown) => {
    report(error);
    throw new ConnectError('the evidence is not about this connection', Code.PermissionDenied);
  });
  signal.throwIfAborted();
  const worker = scheduler.attach(hello);
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
