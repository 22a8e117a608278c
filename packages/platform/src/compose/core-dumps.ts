/**
 * Keeps what a process holds out of core dumps, which would bring it in clear to the disk, or to whoever the kernel hands them to:
 *
 * - the limit of a core file is 0 for good; where the kernel pipes dumps to a program, which that limit does not stop, it is 1, which does;
 * - no memory is part of a dump (`coredump_filter` 0), should one be made nevertheless. Both are inherited by all that it starts;
 * - the process is not dumpable, where it is root: then nobody but root attaches to it, and the kernel makes no dump of it. Without
 *   native code that is reached by changing the effective group and back, upon which the kernel withdraws it.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { systemCode } from '@gaiwan/errors';
import { which } from '@gaiwan/executors';
import { refuse } from '../errors.ts';
import { limits } from '../limits.ts';

/** What holds for this process now. */
export interface DumpProtection {
  /** Bytes of a core file, hard and soft: 0 or 1. */
  readonly limit: number;
  /** May others of the same user attach to it? */
  readonly dumpable: boolean;
}

const FILTER = '/proc/self/coredump_filter';
/** Any two that are not the same. */
const GROUPS = [65_534, 65_533] as const;

/**
 * Sets and checks it, for good. Undefined where the system is no Linux, and so has no TEE.
 *
 * @throws PlatformError `core-dumps` where it cannot be set
 */
export function forbidCoreDumps(): DumpProtection | undefined {
  if (process.platform !== 'linux') return undefined;
  const limit = readFileSync('/proc/sys/kernel/core_pattern', 'latin1').startsWith('|') ? 1 : 0;
  holdLimit(limit);
  emptyDumps();
  return { limit, dumpable: !withdrawDumpable() };
}

function holdLimit(limit: number): void {
  if (limitHolds(limit)) return;
  const prlimit = which('prlimit');
  if (prlimit === undefined) throw refused('prlimit (util-linux) is missing.');
  const args = ['--pid', String(process.pid), `--core=${limit}:${limit}`];
  const { status, stderr, error } = spawnSync(prlimit, args, { env: {}, timeout: limits.coreLimit.value });
  if (!limitHolds(limit))
    throw refused(`prlimit ended with ${status}: ${error?.message ?? String(stderr).trim().slice(0, 200)}`);
}

function limitHolds(limit: number): boolean {
  const row = /^Max core file size +(\d+) +(\d+) /m.exec(readFileSync('/proc/self/limits', 'latin1'));
  return row?.slice(1).every((value) => Number(value) === limit) === true;
}

function emptyDumps(): void {
  try {
    writeFileSync(FILTER, '0');
    const left = readFileSync(FILTER, 'latin1').trim();
    if (Number.parseInt(left, 16) !== 0) throw refused(`${FILTER} is ${left}.`);
  } catch (error) {
    // A kernel that has no such file makes no dumps.
    if (systemCode(error) === 'ENOENT') return;
    throw systemCode(error) === undefined ? error : refused(`${FILTER} cannot be written.`, error);
  }
}

/** Whether this process is not dumpable now. Only root can change its group. */
function withdrawDumpable(): boolean {
  const group = process.getegid?.();
  if (process.geteuid?.() !== 0 || group === undefined) return false;
  const other = GROUPS.find((one) => one !== group) ?? 0;
  try {
    process.setegid?.(other);
  } catch {
    // Root without the right to: it stays as it is, and says so.
    return false;
  }
  try {
    // The files of a process are its own, those of one that is not dumpable are root's.
    return statSync('/proc/self/status').gid !== other;
  } finally {
    process.setegid?.(group);
  }
}

const refused = (why: string, cause?: unknown) =>
  refuse('core-dumps', `Core dumps of this process cannot be ruled out: ${why}`, { cause });
