/** Control groups of both versions, over folders that look like them: what is read, what is written. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeCgroup } from './cgroup.ts';
import { cgroupParents, removeStale } from './cgroups.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gaiwan-cgroup-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const folder = (...names: string[]) => {
  const path = join(root, ...names);
  mkdirSync(path, { recursive: true });
  return path;
};
const mounted = (line: (at: string) => string, at: string) =>
  `21 1 0:1 / / rw - ext4 x rw\n${line(folder(at))}`;

describe('where groups can be made', () => {
  it('version 1: beside the worker, in each hierarchy; two controllers may share one', () => {
    const mountinfo = ['memory', 'pids', 'cpu,cpuacct']
      .map((name) => `30 25 0:26 / ${folder(name)} rw - cgroup cgroup rw,${name}`)
      .join('\n');
    folder('memory', 'worker');
    folder('cpu,cpuacct', 'worker');
    const membership = '8:pids:/\n4:memory:/worker\n2:cpu,cpuacct:/worker\n0::/\n';
    expect(cgroupParents(undefined, { mountinfo, membership })).toEqual({
      version: 1,
      memory: join(root, 'memory/worker'),
      pids: join(root, 'pids'),
      cpu: join(root, 'cpu,cpuacct/worker'),
      cpuacct: join(root, 'cpu,cpuacct/worker'),
    });
  });

  it('version 2: the controllers are delegated', () => {
    const mountinfo = mounted((at) => `31 25 0:27 / ${at} rw - cgroup2 cgroup2 rw`, 'unified');
    const group = folder('unified', 'a.slice', 'b:c');
    writeFileSync(join(group, 'cgroup.controllers'), 'cpuset cpu io memory pids\n');
    expect(cgroupParents(undefined, { mountinfo, membership: '0::/a.slice/b:c\n' })).toEqual({
      version: 2,
      unified: group,
    });
    expect(readFileSync(join(group, 'cgroup.subtree_control'), 'utf8')).toBe('+memory +pids +cpu');
  });

  it('version 2 without the controllers, or nothing at all: says so', () => {
    const group = folder('group');
    writeFileSync(join(group, 'cgroup.controllers'), 'hugetlb\n');
    expect(() => cgroupParents(group)).toThrow('has no controller memory, pids');
    expect(() => cgroupParents(undefined, { mountinfo: '', membership: '' })).toThrow('no control groups');
    expect(() => cgroupParents(join(root, 'missing'))).toThrow('ENOENT');
  });

  it('groups of workers that are gone are removed, others stay', () => {
    const gone = folder('gaiwan-4194999-1');
    const mine = folder(`gaiwan-${process.pid}-0`);
    const other = folder('somebody');
    removeStale({ version: 2, unified: root });
    expect([gone, mine, other].map((path) => existsSync(path))).toEqual([false, true, true]);
  });
});

describe('one group of version 2', () => {
  it('limits and counts', () => {
    const group = makeCgroup({ version: 2, unified: root }, 64);
    const own = join(group.entries[0] ?? '', '..');
    const read = (file: string) => readFileSync(join(own, file), 'utf8');
    writeFileSync(join(own, 'memory.swap.max'), 'max');
    group.limitMemory(100);
    expect([read('pids.max'), read('memory.max'), read('memory.swap.max'), read('memory.oom.group')]).toEqual(
      ['64', '104857600', '0', '1'],
    );
    writeFileSync(join(own, 'cpu.stat'), 'usage_usec 1500000\nuser_usec 1\n');
    writeFileSync(join(own, 'memory.events'), 'oom 1\noom_kill 0\n');
    expect(group.cpuMs()).toBe(1500);
    expect(group.outOfMemory()).toBe(false);
    writeFileSync(join(own, 'memory.events'), 'oom 1\noom_kill 1\n');
    expect(group.outOfMemory()).toBe(true);
    writeFileSync(join(own, 'cgroup.kill'), '');
    group.kill();
    expect(read('cgroup.kill')).toBe('1');
  });
});
