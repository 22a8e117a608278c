/** A process and its descendants, as Linux's /proc shows them. Elsewhere there is nothing to see. */
import { readdirSync, readFileSync } from 'node:fs';

/** What a process and its descendants use. */
export interface Usage {
  /** Of all processes that are, and of all that were and were waited for. */
  readonly cpuMs: number;
  /** What cannot be had back without swapping: no pages of files. Nothing where the kernel holds the limit itself. */
  readonly memoryMiB?: number;
}

/** USER_HZ: 100 on every architecture that Node runs on. */
const TICK_MS = 10;

const read = (path: string): string => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // It has ended.
  }
};

/** The process first. A thread's children are listed with the thread. */
export function tree(root: number): number[] {
  const found = [root];
  for (let i = 0; i < found.length; i++) {
    const tasks = `/proc/${found[i]}/task`;
    for (const thread of list(tasks)) {
      for (const child of read(`${tasks}/${thread}/children`).split(' ')) {
        if (child !== '') found.push(Number(child));
      }
    }
  }
  return found;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Undefined where the process has ended. */
export function usageOfTree(root: number): Usage | undefined {
  let ticks = 0;
  let kibibytes = 0;
  let seen = false;
  for (const pid of tree(root)) {
    // The name, which the process chooses, may hold anything: fields are counted behind it.
    const stat = read(`/proc/${pid}/stat`);
    if (stat === '') continue;
    seen = true;
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    for (const field of fields.slice(11, 15)) ticks += Number(field);
    for (const [, size] of read(`/proc/${pid}/status`).matchAll(
      /^(?:RssAnon|RssShmem|VmSwap):\s+(\d+) kB/gm,
    )) {
      kibibytes += Number(size);
    }
  }
  return seen ? { cpuMs: ticks * TICK_MS, memoryMiB: kibibytes / 1024 } : undefined;
}

/** Ends a process whose death is the end of its namespace of processes, and of all in it; its children are in it. */
export function killRoot(root: number): void {
  const children = read(`/proc/${root}/task/${root}/children`).split(' ');
  for (const pid of [root, ...children.filter((child) => child !== '').map(Number)]) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
}

/** Ends the process, its descendants, and whatever still is in its process group. */
export function killTree(root: number): void {
  // Whoever was stopped starts nothing more while the others are being found.
  for (const signal of ['SIGSTOP', 'SIGKILL'] as const) {
    for (const pid of [...tree(root), -root]) {
      try {
        process.kill(pid, signal);
      } catch {
        // It has ended.
      }
    }
  }
}
