/**
 * One command at a time for a task of a ring: the lock of a database, as the platform has it for its data folder. The kernel drops it with
 * the process, whatever ends that.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CliError } from '../errors.ts';

/** SQLite's code for what somebody else has locked. */
const BUSY = 5;

/** Rejects with `CliError` (ring-busy) where another command, of this process or another, has it; and as `action` does. */
export async function withLock<T>(folder: string, name: string, action: () => Promise<T>): Promise<T> {
  const locks = join(folder, 'locks');
  mkdirSync(locks, { recursive: true, mode: 0o700 });
  const { DatabaseSync } = await import('node:sqlite');
  const lock = new DatabaseSync(join(locks, name), { timeout: 0 });
  try {
    // Without a file for the journal: nothing is ever written.
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    const code = cause instanceof Error && 'errcode' in cause ? cause.errcode : undefined;
    if (code === BUSY)
      throw new CliError('ring-busy', `Another command on this machine is working on ${name}.`, { cause });
    throw new CliError('io', `${join(locks, name)} cannot be locked: ${String(cause)}.`, { cause });
  }
  try {
    return await action();
  } finally {
    lock.close();
  }
}
