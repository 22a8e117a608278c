/** Processes by the user that they belong to. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { limits } from '../../limits.ts';
import { pipesAnd } from './inherited-descriptors.ts';

/** The kernel needs a moment to forget processes. */
const TRIES: number = limits.removalTries.value;
const WAIT_MS = 5;

const processes = (): string[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name));

/** Users that own a process. Fast, for each start of a sandbox; one that lets nobody trace it counts as root's. */
export function usersOfProcesses(): Set<number> {
  const users = new Set<number>();
  for (const pid of processes()) {
    try {
      users.add(statSync(`/proc/${pid}`).uid);
    } catch {
      // It has ended.
    }
  }
  return users;
}

/** Whatever they hide. Those that ended and wait for their parent do not count. */
function processesOf(user: number): number[] {
  return processes()
    .filter((pid) => {
      try {
        const status = readFileSync(`/proc/${pid}/status`, 'latin1');
        return !/^State:\s+[ZX]/m.test(status) && Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]) === user;
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** setpriv(1)'s arguments, up to the program that it starts. */
export const asUser = (user: number): string[] => [
  `--reuid=${user}`,
  `--regid=${user}`,
  '--clear-groups',
  '--',
];

async function signalAll(setpriv: string, user: number): Promise<void> {
  const args = [...asUser(user), '/bin/sh', '-c', 'kill -KILL -1'];
  await once(spawn(setpriv, args, { cwd: '/', env: {}, stdio: pipesAnd([]), detached: true }), 'exit');
}

/**
 * Ends all processes of a sandbox's user, wherever they went. First by a signal to all at once, sent as that user: what
 * starts processes faster than they can be listed is met, too. Then by root, whom they cannot stop. Rejects where some stay.
 */
export async function killUser(setpriv: string, user: number): Promise<void> {
  for (let left = TRIES; ; left--) {
    const found = processesOf(user);
    if (found.length === 0) return;
    if (left === 0) throw new Error(`Processes of the user ${user} do not end: ${found.join(', ')}.`);
    // It may be killed itself, find nobody, or not be started: the system may have no process to give.
    await signalAll(setpriv, user).catch(() => undefined);
    for (const pid of processesOf(user)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
    await delay(WAIT_MS);
  }
}
