/** A worker that is killed takes its sandboxes with it: the one that runs and those that wait. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { survivors } from '../../testing/leaks.ts';
import { canTest } from '../../testing/perl.ts';
import { tree } from '../process-tree.ts';

it.skipIf(!(await canTest('namespaces')))('a killed worker leaves no sandbox behind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gaiwan-doomed-'));
  const marker = `doomed-${process.pid}`;
  const script = join(import.meta.dirname, '../../testing/doomed-worker.ts');
  const worker = spawn(process.execPath, ['--no-warnings', script, folder, marker], { stdio: 'pipe' });
  await once(worker.stdout, 'data');
  await expect.poll(() => survivors(marker).length).toBeGreaterThan(0);
  const all = tree(worker.pid as number).slice(1);
  // Two processes of bubblewrap and the runner, for the job and for each that waits.
  expect(all.length).toBeGreaterThanOrEqual(6);
  worker.kill('SIGKILL');
  await once(worker, 'exit');
  const alive = () => all.filter(isAlive);
  await expect.poll(alive).toEqual([]);
  rmSync(folder, { recursive: true });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
