/** For tests: what this process holds of the system. */
import { readdirSync, readFileSync } from 'node:fs';
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

/** Processes of the host whose command line holds the marker. */
export function survivors(marker: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(marker);
      } catch {
        return false;
      }
    });
}
