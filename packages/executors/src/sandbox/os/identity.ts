/**
 * An unprivileged user of the host for each sandbox of a worker that is root. Namespaces alone do not do: the kernel
 * lets its user 0 write some files of /proc/sys even when it has no capability and is called 1000 inside. A user for
 * each also keeps one sandbox's limits and signals from another's.
 */
import { readFileSync } from 'node:fs';
import { Users } from './users.ts';

/** What Linux distributions keep free for users that exist while a service runs (systemd's DynamicUser). */
const FIRST = 61184;
const LAST = 65519;

/** One for the host, wherever workers keep their data; empty after a start of the machine. */
export const USERS_FOLDER = '/run/gaiwan-sandbox-users';

let users: Users | undefined;

/**
 * The number of a user, and its group's; nothing where the worker is not root. Give it back with `returnUser`. Throws
 * `SandboxError` ('layer').
 */
export function borrowUser(): number | undefined {
  if (process.getuid?.() !== 0) return undefined;
  users ??= new Users({ first: FIRST, last: LAST, folder: USERS_FOLDER });
  return users.borrow();
}

/** Another sandbox may get it at once: nothing of the one that had it is left. */
export function returnUser(user: number | undefined): void {
  if (user !== undefined) users?.return(user);
}

/** Whether this process may become those users: inside of some containers they do not exist. */
export function usersExist(): boolean {
  const ranges = readFileSync('/proc/self/uid_map', 'utf8').trim().split('\n');
  return ranges.some((line) => {
    const [first = 0, , count = 0] = line.trim().split(/\s+/).map(Number);
    return first <= FIRST && LAST < first + count;
  });
}
