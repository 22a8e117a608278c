/**
 * Names which process something outside of it belongs to, so that others can tell what a worker left that was killed. The
 * number of a process alone does not do: numbers are used again, and in containers they are often the same.
 */
import { readFileSync } from 'node:fs';

/** "<process id>-<ticks from the machine's start to the process's>", proc_pid_stat(5). */
export const ownMark = (): string => `${process.pid}-${startOf(process.pid) ?? 0}`;

/** Whether the process of a mark still runs. What is no mark belongs to nobody. */
export function isRunning(mark: string): boolean {
  const [, pid, start] = /^(\d{1,10})-(\d{1,20})$/.exec(mark) ?? [];
  return pid !== undefined && startOf(Number(pid)) === start;
}

function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name, which the process chooses, may hold anything: fields are counted behind it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined; // It has ended.
  }
}
