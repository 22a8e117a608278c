/** What a worker says of a task shares a stream with all of its other tasks: a message that is refused would end them. */
import { create, toBinary } from '@bufbuild/protobuf';
import { worker as wire } from '@gaiwan/protocol';
import { limits } from '../../limits.ts';
import type { AttemptEnd } from './attempt.ts';

/** Bytes; some are left for the message around it. */
const MOST = limits.serviceMessage.value - 64;

type Done = AttemptEnd & { readonly taskId: string; readonly token: bigint };

/** The message, or where it is longer than one may be, that the task failed. Executors have lower limits of their own. */
export function fitIntoMessage(done: Done): Done {
  if (toBinary(wire.DoneSchema, create(wire.DoneSchema, done)).length <= MOST) return done;
  const reason = `The result and the log are longer than ${MOST} bytes: write the result to an output, and log less.`;
  return {
    ...done,
    result: { result: { case: 'Err', value: { reason } } },
    ...(done.report && { report: { ...done.report, log: [] } }),
  };
}
