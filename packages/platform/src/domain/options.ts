/** What a task's creator may ask for beside data: limits, readers of the log, a second run. */

import { refuse } from '../errors.ts';
import type { Limits, LogReader, TaskRecord } from './records.ts';

const readers: readonly string[] = ['creator', 'function-owner'] satisfies LogReader[];

/** What is absent stays as it is. */
export interface TaskOptions {
  readonly limits?: Partial<Limits>;
  readonly logs?: readonly string[];
  readonly repeat?: boolean;
}

/** The options that a task then has. Throws `PlatformError` for values that are none, or beyond the maxima. */
export const changeOptions = (
  { limits, logs, repeat }: Pick<TaskRecord, 'limits' | 'logs' | 'repeat'>,
  wanted: TaskOptions,
  maxima: Limits,
): Pick<TaskRecord, 'limits' | 'logs' | 'repeat'> => ({
  limits: { ...limits, ...checkLimits(wanted.limits ?? {}, maxima) },
  logs: wanted.logs === undefined ? logs : parseLogReaders(wanted.logs),
  repeat: wanted.repeat ?? repeat,
});

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

function parseLogReaders(names: readonly string[]): LogReader[] {
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
