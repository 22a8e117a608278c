/** That nothing remains is only worth saying by somebody who would see it. */
import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { makeCgroup } from '../sandbox/os/cgroup.ts';
import { cgroupParents } from '../sandbox/os/cgroups.ts';
import { borrowUser, returnUser } from '../sandbox/os/identity.ts';
import { traces } from './leaks.ts';

it.runIf(process.platform === 'linux')(
  'sees folders, control groups and users that this process left',
  async () => {
    expect(traces()).toEqual([]);
    const folder = mkdtempSync(join(tmpdir(), `gaiwan-visible-${process.pid}-`));
    mkdirSync(join(tmpdir(), 'gaiwan-visible-1-other'), { recursive: true });
    expect(traces()).toEqual([basename(folder)]);
    rmdirSync(folder);
    rmdirSync(join(tmpdir(), 'gaiwan-visible-1-other'));
    const user = borrowUser();
    expect(traces()).toEqual(user === undefined ? [] : [`${user}`]);
    returnUser(user);
    let group: ReturnType<typeof makeCgroup>;
    try {
      group = makeCgroup(cgroupParents(), 8);
    } catch {
      console.warn('SKIPPED: this host offers no control groups.');
      return;
    }
    expect(traces().some((path) => path.includes(`/gaiwan-${process.pid}-`))).toBe(true);
    await group.remove();
    expect(traces()).toEqual([]);
  },
);
