/** The processes of a run: what they are doing, and their end. Below the first one they are known on Linux alone. */
import { readdirSync, readFileSync } from 'node:fs';

export interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  /** One line for people. */
  readonly line: string;
}

/** A process and all below it, itself first. */
export function treeOf(root: number): RunningProcess[] {
  const all = allProcesses();
  const found = all.filter(({ pid }) => pid === root);
  // Grows while it is walked.
  for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid));
  return found;
}

/** Ends them for good. Those whose parents are gone are found as well: the tree is read first. */
export function killTree(root: number): void {
  const pids = treeOf(root).map(({ pid }) => pid);
  signal(pids.length > 0 ? pids : [root], 'SIGKILL');
}

export function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It is gone.
    }
  }
}

function allProcesses(): RunningProcess[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => readProcess(Number(name)));
  } catch {
    return []; // No Linux.
  }
}

function readProcess(pid: number): RunningProcess[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state = '', parent = '', ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // Fields 14 and 15 of proc(5): hundredths of a second.
    const cpu = (Number(rest[9]) + Number(rest[10])) / 100;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    const waits = readFileSync(`/proc/${pid}/wchan`, 'utf8').replace(/^0?$/, 'running');
    const line = `${pid} (${state} ${waits}, ${cpu} s): ${command.slice(0, 200)}`;
    return [{ pid, parent: Number(parent), command, line }];
  } catch {
    return []; // It has just ended.
  }
}
