/** From a worker's answer to what becomes of its task. */
import type { MessageShape } from '@bufbuild/protobuf';
import { dictionary } from '@gaiwan/errors';
import { type common, type Digests, differences, type worker as wire } from '@gaiwan/protocol';
import {
  differReason,
  type InputFault,
  type Ran,
  type TaskOutcome,
  type TaskRecord,
} from '../domain/index.ts';

export interface Answer {
  readonly outcome: TaskOutcome;
  /** Absent where the function was not run. */
  readonly ran?: Ran;
  readonly digests?: Digests;
  /** Inputs that were not what was approved, as the worker says. */
  readonly faults?: readonly SlotFault[];
}

type SlotFault = Pick<InputFault, 'slot' | 'code' | 'reason' | 'leftOut'>;

export function answerOf(
  {
    result,
    report,
    inputFaults,
  }: Pick<MessageShape<typeof wire.DoneSchema>, 'result' | 'report' | 'inputFaults'>,
  worker: string,
): Answer {
  return {
    outcome: outcomeOf(result, report?.log ?? []),
    ...(report && { ran: { worker, runner: report.runner, layers: report.layers } }),
    ...(report?.digests && { digests: plainDigests(report.digests) }),
    faults: inputFaults.map(({ slot, code, reason, leftOut }) => ({ slot, code, reason, leftOut })),
  };
}

function outcomeOf(
  result: MessageShape<typeof common.TaskResultSchema> | undefined,
  failedLog: readonly string[],
): TaskOutcome {
  if (result?.result.case === 'Ok') {
    const { returnValue, tagsMap, log } = result.result.value;
    return { ok: true, returnValue, tags: dictionary(Object.entries(tagsMap)), log };
  }
  return {
    ok: false,
    reason: result?.result.case === 'Err' ? result.result.value.reason : 'The worker sent no result.',
    log: failedLog,
  };
}

/** Without the message's own members, as it is stored. */
const plainDigests = ({ returnValue, outputs }: Digests): Digests => ({
  returnValue,
  outputs: dictionary(Object.entries(outputs)),
});

/** With the data and the owners that the task itself has; what a worker says of a slot that there is not is dropped. */
export const inputFaultsOf = (
  { inputs }: Pick<TaskRecord, 'inputs'>,
  { faults = [] }: Answer,
): InputFault[] =>
  inputs.flatMap(({ name, owners, data }) => {
    const fault = faults.find(({ slot }) => slot === name);
    return fault && data ? [{ ...fault, dataId: data.id, owners }] : [];
  });

/** What the good end of the first of two runs made. */
export const firstRunOf = (task: TaskRecord, { outcome, digests }: Answer): Digests | undefined =>
  task.repeat && task.first === undefined && outcome.ok ? digests : undefined;

/** The task's end, the log left out unless somebody may read it. */
export function verdictOf({ logs, repeat, first }: TaskRecord, { outcome, digests }: Answer): TaskOutcome {
  const log = logs.length > 0 ? (outcome.log ?? []) : [];
  if (repeat && !digests && outcome.ok)
    return { ok: false, reason: 'The worker did not say what its run had made.', log };
  if (!first) return { ...outcome, log };
  if (!digests && !outcome.ok) {
    const reason = `The first of two runs succeeded, the second did not: ${outcome.reason}`;
    return { ...outcome, reason, log };
  }
  const different = digests ? differences(first.digests, digests) : [];
  return different.length > 0
    ? { ok: false, reason: differReason(different), different, log }
    : { ...outcome, log };
}
