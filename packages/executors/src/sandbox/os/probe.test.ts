/** What is known of a host: all layers by one program, or each by its own. */
import { existsSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { probeForTests } from '../../testing/perl.ts';
import { probeHost } from './probe.ts';
import { ownMark } from './process-mark.ts';

const isLinux = process.platform === 'linux';
const isRoot = isLinux && process.getuid?.() === 0;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-probe-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it.runIf(isLinux)(
  'a layer that is there and does not hold takes none of the others with it (skipped: no Linux)',
  async () => {
    const { reports } = await probeForTests();
    // It looks like a delegated control group, but a process that "enters" it is in no group.
    const cgroup = join(folder, 'group');
    mkdirSync(cgroup);
    writeFileSync(join(cgroup, 'cgroup.controllers'), 'memory pids');
    // Files of a real group are no obstacle to its removal.
    // oxlint-disable-next-line tests/no-sleep -- nobody waits for it: it is the kernel's part, at any moment
    const emptying = setInterval(() => {
      for (const name of globSync('gaiwan-*/*', { cwd: cgroup })) rmSync(join(cgroup, name), { force: true });
    }, 5);
    const found = await probeHost(folder, cgroup);
    clearInterval(emptying);
    expect(found.offered).not.toHaveProperty('cgroups');
    const others = (all: typeof reports) =>
      all.map(({ layer, offered }) => ({ layer, offered })).filter(({ layer }) => layer !== 'cgroups');
    expect(others(found.reports)).toEqual(others(reports));
    expect(found.reports).toContainEqual(
      expect.objectContaining({
        layer: 'cgroups',
        offered: false,
        detail: 'the process is not in its group',
        remedy: expect.stringContaining('start the worker as root') as string,
      }),
    );
  },
);

if (!isRoot) console.warn('SKIPPED: what workers left that were killed wants root.');
it.runIf(isRoot)('second names of files are not left by workers that were killed', async () => {
  const make = (name: string) => mkdtempSync(join(tmpdir(), `gaiwan-visible-${name}`));
  // A folder without an owner, folders of process ids that do not exist, and one of this process id, but of an earlier process.
  const stale = ['', '4194999-', '4194999-12-', `${process.pid}-1-`].map(make);
  const kept = [`${ownMark()}-`, `${process.ppid}-`].map(make);
  const strange = make('x-y-z');
  await probeHost(folder);
  expect(stale.filter(existsSync)).toEqual([]);
  expect([...kept, strange].filter((path) => !existsSync(path))).toEqual([]);
  for (const path of [...kept, strange]) rmSync(path, { recursive: true });
});
