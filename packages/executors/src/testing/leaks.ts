/** For tests: what this process holds of the system. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cgroupParents, foldersUnder } from '../sandbox/os/cgroups.ts';
import { USERS_FOLDER } from '../sandbox/os/identity.ts';
import { ownMark } from '../sandbox/os/process-mark.ts';
import { PREFIX } from '../sandbox/os/stale-visible.ts';
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

/** What this process has outside of it: folders that show what is hidden, control groups, users of sandboxes. */
export function traces(): string[] {
  const here = readdirSync(tmpdir()).filter((name) => name.startsWith(`${PREFIX}${process.pid}-`));
  return [...here, ...groups(), ...users()].sort((a, b) => (a < b ? -1 : 1));
}

function groups(): string[] {
  try {
    return foldersUnder(cgroupParents()).flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => name.startsWith(`gaiwan-${process.pid}-`))
        .map((name) => join(folder, name)),
    );
  } catch {
    return []; // None are on offer.
  }
}

function users(): string[] {
  if (process.getuid?.() !== 0 || !existsSync(USERS_FOLDER)) return [];
  return readdirSync(USERS_FOLDER).filter((name) => holderOf(join(USERS_FOLDER, name)) === ownMark());
}

/** Undefined where another process has given it back in the meantime. */
function holderOf(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}
