/**
 * Processes above this one that are there only to run it. Who ends one of them means this program, however it is done: nothing may stay
 * behind that holds ports and the data folder.
 */
import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { limits } from '../limits.ts';

/** What `bin/gaiwan.js` sets. What this program starts has another parent, and is not to look for its pipe. */
const VARIABLE = 'GAIWAN_LAUNCHER';
/** A pipe that the launcher holds the other end of, and never writes to. */
const DESCRIPTOR = 3;

/**
 * Once the launcher is gone that only brought a newer Node, or the `npx` that was told to run this, this process gets a SIGTERM as from
 * outside: services end in order. npx passes no signal on: it ends, or the shell does that it has put between.
 */
export function endWithLauncher(env: NodeJS.ProcessEnv = process.env): void {
  const isLaunched = env[VARIABLE] === 'pipe';
  delete env[VARIABLE];
  if (isLaunched) watchPipe();
  if (env['npm_command'] !== undefined) watchNpm(isLaunched);
}

function end(): void {
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), limits.orphaned.value).unref();
}

function watchPipe(): void {
  const pipe = new Socket({ fd: DESCRIPTOR, readable: true, writable: false });
  pipe.once('error', () => undefined);
  pipe.once('close', end);
  pipe.resume().unref();
}

/** Nobody tells a process that one further up has ended. */
function watchNpm(isLaunched: boolean): void {
  const chain = chainToNpm(isLaunched ? 3 : 2);
  if (chain === undefined) return;
  const timer = setInterval(() => {
    if (chain.every((pid, index) => parentOf(chain[index - 1] ?? process.pid) === pid)) return;
    clearInterval(timer);
    end();
  }, limits.orphanCheck.value).unref();
}

/** From the parent up to npm itself, where that is no further than so many processes: it, or the shell that it runs a command in. */
function chainToNpm(most: number): number[] | undefined {
  const chain: number[] = [];
  for (let pid = parentOf(process.pid); pid !== undefined && chain.length < most; pid = parentOf(pid)) {
    chain.push(pid);
    if (readProcess(pid, 'comm').startsWith('npm ')) return chain;
  }
  return undefined;
}

/** Undefined where it has ended, and where the system has no /proc. */
function parentOf(pid: number): number | undefined {
  const stat = readProcess(pid, 'stat');
  // The name, which the process chooses, may hold anything: fields are counted behind it.
  return stat === '' ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function readProcess(pid: number, file: 'comm' | 'stat'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
