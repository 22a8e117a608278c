/** Limits that the kernel holds each process to, whatever else is on offer: prlimit(1) sets them. */
import { readFileSync } from 'node:fs';
import { limits } from '../../limits.ts';

/** What a runner's sandbox may use. */
export interface Rlimits {
  /** Threads and processes of one sandbox. */
  readonly processes: number;
  /** Bytes of the largest file in its scratch folder. */
  readonly fileBytes: number;
}

const OPEN_FILES = limits.sandboxDescriptors.value;
/** What no job may take, should everything else have failed. */
const CPU_SECONDS = limits.sandboxCpu.value;

/**
 * Arguments for prlimit, up to the program that it starts. The number of processes is counted by user: where the
 * sandbox has none of its own, everything that runs now comes on top.
 */
export function prlimitArguments({ processes, fileBytes }: Rlimits, ownUser: boolean): string[] {
  return [
    `--nproc=${ownUser ? processes : countThreads() + processes}`,
    `--nofile=${OPEN_FILES}`,
    `--fsize=${fileBytes}`,
    '--core=0',
    `--cpu=${CPU_SECONDS}`,
    '--msgqueue=0',
    `--memlock=${limits.sandboxLockedMemory.value}`,
    '--',
  ];
}

/** Threads of the host: at least as many as one user has. */
function countThreads(): number {
  const [, total = 0] =
    /^\S+ \S+ \S+ \d+\/(\d+)/.exec(readFileSync('/proc/loadavg', 'latin1'))?.map(Number) ?? [];
  return total;
}
