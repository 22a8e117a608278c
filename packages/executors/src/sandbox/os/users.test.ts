import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { usersExist } from './identity.ts';
import { isRunning, ownMark } from './process-mark.ts';
import { which } from './tools.ts';
import { asUser, usersOfProcesses } from './user-processes.ts';
import { Users } from './users.ts';

/** Not those of a worker: tests run beside workers. */
const FIRST = 60_900;
const setpriv = process.platform === 'linux' && process.getuid?.() === 0 ? which('setpriv') : undefined;
const possible = setpriv !== undefined && usersExist();

let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'gaiwan-users-'));
  folder = join(parent, 'users');
});
afterEach(() => rmSync(parent, { recursive: true }));
const open = (count: number) => new Users({ first: FIRST, last: FIRST + count - 1, folder });
const all = (count: number) => Array.from({ length: count }, (_, i) => FIRST + i);

describe.runIf(process.platform === 'linux')('the mark of a process (skipped: no Linux)', () => {
  it('tells it from another with its number, and from one that ended', () => {
    expect(isRunning(ownMark())).toBe(true);
    expect(isRunning(`${process.pid}-1`)).toBe(false);
    const { pid } = spawnSync('/bin/true');
    for (const mark of [`${pid}-1`, '', 'x', `${process.pid}`, '4194999-undefined']) {
      expect(isRunning(mark)).toBe(false);
    }
  });
});

describe.skipIf(process.platform !== 'linux')('users of sandboxes (skipped: no Linux)', () => {
  it('are never the same for two workers', () => {
    const [one, other] = [open(6), open(6)];
    const borrowed = [one, other, one, other, one, other].map((users) => users.borrow());
    expect(borrowed.toSorted((a, b) => a - b)).toEqual(all(6));
    expect(() => one.borrow()).toThrow(/All users from 60900 to 60905/);
    other.return(borrowed[3] as number);
    expect(one.borrow()).toBe(borrowed[3]);
  });

  it('are never the same for two processes either', async () => {
    const script = `import { Users } from '${join(import.meta.dirname, 'users.ts')}';
      const users = new Users({ first: ${FIRST}, last: ${FIRST + 39}, folder: '${folder}' });
      console.log(JSON.stringify(Array.from({ length: 20 }, () => users.borrow())));
      process.stdin.resume();`;
    const workers = [0, 1].map(() => {
      const args = ['--no-warnings', '--input-type=module-typescript', '-e', script];
      return spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    });
    const said = await Promise.all(
      workers.map(async ({ stdout }) => (await once(stdout, 'data')) as Buffer[]),
    );
    const borrowed = said.flatMap((chunks) => JSON.parse(Buffer.concat(chunks).toString()) as number[]);
    expect(borrowed.toSorted((a, b) => a - b)).toEqual(all(40));
    for (const worker of workers) worker.kill('SIGKILL');
    await Promise.all(workers.map((worker) => once(worker, 'close')));
    // Of killed workers: they are free again, and nothing else is left.
    const users = open(40);
    expect(
      all(40)
        .map(() => users.borrow())
        .toSorted((a, b) => a - b),
    ).toEqual(all(40));
    expect(readdirSync(folder).length).toBe(40);
  });

  it('that another is just taking over, or that a worker holds, are left alone', () => {
    const users = open(2);
    users.return(users.borrow());
    symlinkSync('4194999-1', join(folder, `${FIRST}`));
    symlinkSync(ownMark(), join(folder, `${FIRST}.taking`));
    expect(users.borrow()).toBe(FIRST + 1);
    expect(() => users.borrow()).toThrow(/are in use/);
  });

  if (!possible) console.warn('SKIPPED: processes of other users want root and setpriv.');
  it.runIf(possible)('own no process when they are borrowed', async () => {
    const stranger = spawn(setpriv as string, [...asUser(FIRST), '/bin/sleep', '600'], { stdio: 'ignore' });
    await expect.poll(() => usersOfProcesses().has(FIRST)).toBe(true);
    const users = open(2);
    expect(users.borrow()).toBe(FIRST + 1);
    expect(() => users.borrow()).toThrow(/are in use/);
    stranger.kill('SIGKILL');
    await once(stranger, 'close');
    expect(users.borrow()).toBe(FIRST);
  });

  it('are noted only where others cannot change it', () => {
    const users = open(2);
    users.borrow();
    chmodSync(folder, 0o777);
    expect(() => users.borrow()).toThrow(/must be a folder that only root may change/);
    const nowhere = new Users({ first: 1, last: 2, folder: join(parent, 'no', 'where') });
    expect(() => nowhere.borrow()).toThrow(/cannot make it: let it write there/);
  });
});
