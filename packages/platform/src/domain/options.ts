/** What a task's creator may ask for beside data: limits, readers of the log, a second run. */

import { refuse } from '../errors.ts';
import { type Limits, type LogReader, type TaskRecord, TaskStatus } from './records.ts';

const readers: readonly string[] = ['creator', 'function-owner'] satisfies LogReader[];

/** What is absent stays as it is. */
export interface TaskOptions {
  readonly limits?: Partial<Limits>;
  readonly logs?: readonly string[];
  readonly repeat?: boolean;
}

/** Before anybody runs it. Every approval is void, as when data is replaced. */
export function setOptions(task: TaskRecord, user: string, options: TaskOptions, maxima: Limits): TaskRecord {
  if (task.creator !== user) {
    throw refuse('not-the-creator', `Only ${task.creator} can set options of ${task.id}.`);
  }
  if (task.status > TaskStatus.Approved) {
    throw refuse(
      'options-not-changeable',
      'The task was invoked or has ended: its options cannot be changed any more.',
    );
  }
  return {
    ...task,
    limits: { ...task.limits, ...checkLimits(options.limits ?? {}, maxima) },
    logs: options.logs === undefined ? task.logs : logReaders(options.logs),
    repeat: options.repeat ?? task.repeat,
    approvals: [],
    status: task.status === TaskStatus.Created ? TaskStatus.Created : TaskStatus.DataAssigned,
  };
}

/** Throws unless each is a whole number up to its maximum. */
export function checkLimits(wanted: Partial<Limits>, maxima: Limits): Partial<Limits> {
  for (const [name, value] of Object.entries(wanted)) {
    const maximum = maxima[name as keyof Limits];
    if (Number.isSafeInteger(value) && value >= 1 && value <= maximum) continue;
    throw refuse(
      'limit-out-of-range',
      `${name} is ${value}; this platform takes 1 to ${maximum}: ask for less, or ask the operator for more.`,
      { subjects: [name] },
    );
  }
  return wanted;
}

function logReaders(names: readonly string[]): LogReader[] {
  const wrong = names.find((name) => !readers.includes(name));
  if (wrong !== undefined) {
    throw refuse(
      'bad-log-reader',
      `"${wrong.slice(0, 60)}" cannot read a log: name ${readers.join(' or ')}.`,
    );
  }
  return ([...new Set(names)] as LogReader[]).sort();
}

/** Teaclave's argument for a log, which its clients read as creators. `bound`: canonical JSON text. */
export function teaclaveLogs(bound: string): LogReader[] {
  const { save_log: asked } = JSON.parse(bound) as { save_log?: unknown };
  return asked === 'true' ? ['creator'] : [];
}

export function mayReadLog({ creator, function: { owner }, logs }: TaskRecord, user: string): boolean {
  return (
    (logs.includes('creator') && user === creator) || (logs.includes('function-owner') && user === owner)
  );
}

/** User ids, sorted. */
export const logReadersOf = (task: TaskRecord): string[] =>
  [...new Set([task.creator, task.function.owner])].filter((user) => mayReadLog(task, user)).sort();
