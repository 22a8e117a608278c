/** What a task's creator may ask for beside data: limits, readers of the log, a second run. */
import {
  isLogReader,
  type LogReader,
  logReaders,
  readArguments,
  type Subject,
  type TaskLimits,
  type TaskOptions,
} from '@gaiwan/protocol';
import { refuse } from '../errors.ts';
import { limits as platformLimits } from '../limits.ts';
import type { TaskRecord } from './records.ts';

/** As they are asked for: names of readers are not checked yet. */
export interface AskedOptions extends Omit<TaskOptions, 'logs'> {
  readonly logs?: readonly string[];
}

/** The options that a task then has. Throws `PlatformError` for values that are none, or beyond the maxima. */
export const changeOptions = (
  { limits, logs, repeat, priority }: Pick<TaskRecord, 'limits' | 'logs' | 'repeat' | 'priority'>,
  wanted: AskedOptions,
  maxima: TaskLimits,
): Pick<TaskRecord, 'limits' | 'logs' | 'repeat' | 'priority'> => ({
  limits: { ...limits, ...checkLimits(wanted.limits ?? {}, maxima) },
  logs: wanted.logs === undefined ? logs : parseLogReaders(wanted.logs),
  repeat: wanted.repeat ?? repeat,
  priority: checkPriority(wanted.priority ?? priority ?? 0),
});

function checkPriority(wanted: number): number {
  const most = platformLimits.priority.value;
  if (Number.isSafeInteger(wanted) && Math.abs(wanted) <= most) return wanted;
  throw refuse('limit-out-of-range', `The priority is ${wanted}; a task has one from -${most} to ${most}.`, {
    subjects: ['priority'],
  });
}

/** Throws unless each is a whole number up to its maximum. */
export function checkLimits(wanted: Partial<TaskLimits>, maxima: TaskLimits): Partial<TaskLimits> {
  const bounds = new Map<string, number>(Object.entries(maxima));
  for (const [name, value] of Object.entries(wanted)) {
    const maximum = bounds.get(name) ?? 0;
    if (Number.isSafeInteger(value) && value >= 1 && value <= maximum) continue;
    throw refuse(
      'limit-out-of-range',
      `${name} is ${value}; this platform takes 1 to ${maximum}: ask for less, or ask the operator for more.`,
      { subjects: [name] },
    );
  }
  return wanted;
}

function parseLogReaders(names: readonly string[]): LogReader[] {
  const readers = names.filter(isLogReader);
  const wrong = names.find((name) => !isLogReader(name));
  if (wrong !== undefined) {
    throw refuse(
      'bad-log-reader',
      `"${wrong.slice(0, 60)}" cannot read a log: name ${logReaders.join(' or ')}.`,
    );
  }
  return [...new Set(readers)].sort();
}

/** Teaclave's argument for a log, which its clients read as creators. `bound`: canonical JSON text. */
export function teaclaveLogs(bound: string): LogReader[] {
  return readArguments(bound).get('save_log') === '"true"' ? ['creator'] : [];
}

export function mayReadLog({ creator, function: { owner }, logs }: TaskRecord, user: Subject): boolean {
  return (
    (logs.includes('creator') && user === creator) || (logs.includes('function-owner') && user === owner)
  );
}

/** Sorted. */
export const logReadersOf = (task: TaskRecord): Subject[] =>
  [...new Set([task.creator, task.function.owner])].filter((user) => mayReadLog(task, user)).sort();
