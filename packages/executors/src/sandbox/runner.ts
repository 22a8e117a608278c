/** What the host knows of a program that runs untrusted code: how to start it, and what it must see. */
import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { limits } from '../limits.ts';
import { SandboxError } from './errors.ts';

/** The description of a runner. */
export interface RunnerSpec {
  /** For people: in errors and in what `gaiwan doctor` prints. */
  readonly name: string;
  /** Pairs "<executor_type>/<executor>" that it runs. */
  readonly pairs: readonly string[];
  /** Program and arguments, inside of the sandbox. The program's path is absolute. */
  readonly command: readonly string[];
  /** Paths of the host that it sees, to read only, under the same path. It sees no others. */
  readonly readOnly: readonly string[];
  /** It was started with `node --permission`: nothing is done about that here, but it is worth showing. */
  readonly nodePermission?: boolean;
  /** It starts processes of its own. Others can start threads only, where there is seccomp. */
  readonly forks?: boolean;
  /**
   * How it serves a further call once one is over. `instance`: its interpreter starts anew, and no function reaches the process around
   * it. `fork`: each call is in a child of a process that runs no function, where the layers keep the two apart. Absent: one process, one
   * call.
   */
  readonly reuse?: 'instance' | 'fork';
  readonly layers: {
    /** One sentence: what its interpreter keeps from a function. */
    readonly interpreter: string;
  };
  /** Memory of the idle runner in MiB: a task gets its own limit on top. */
  readonly overheadMiB: number;
}

/** MiB. More would be no runner's own need, but memory that tasks' limits do not count. */
const MOST_OVERHEAD = limits.runnerOverhead.value;

/** Throws `SandboxError` ('runner') with what is wrong. */
export function checkRunner({ name, pairs, command, readOnly, overheadMiB }: RunnerSpec): void {
  const wrong = (what: string) => new SandboxError('runner', `The runner ${JSON.stringify(name)} ${what}.`);
  const [program] = command;
  if (program === undefined || !isAbsolute(program)) throw wrong('must name its program by an absolute path');
  if (!existsSync(program)) throw wrong(`names a program that is not there: ${program}`);
  if (pairs.length === 0) throw wrong('runs no pair of "<executor_type>/<executor>"');
  const odd = pairs.find((pair) => !/^[\w.:-]{1,64}\/[\w.-]{1,64}$/.test(pair));
  if (odd !== undefined)
    throw wrong(`names ${JSON.stringify(odd)}, which is no "<executor_type>/<executor>"`);
  for (const path of readOnly) {
    if (!isAbsolute(path)) throw wrong(`wants to see ${path}, which is no absolute path`);
    if (!existsSync(path)) throw wrong(`wants to see ${path}, which is not there`);
  }
  if (!(overheadMiB >= 0 && overheadMiB <= MOST_OVERHEAD)) {
    throw wrong(`must say how much memory it needs when idle: 0 to ${MOST_OVERHEAD} MiB`);
  }
}
