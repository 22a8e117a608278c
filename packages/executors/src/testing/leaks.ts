/** For tests: what this process holds of the system. */
import { readdirSync } from 'node:fs';
import { tree } from '../sandbox/process-tree.ts';

export interface Holdings {
  /** Open descriptors. */
  readonly descriptors: number;
  /** Processes below this one. */
  readonly processes: number;
}

export function holdings(): Holdings {
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    processes: tree(process.pid).length - 1,
  };
}
