import { describe, expect, it } from 'vitest';
import { gaiwan } from '../testing/run.ts';

describe('gaiwan doctor', () => {
  it('says of each layer whether it is there, and of what is missing how to get it', async () => {
    const { code, stdout } = await gaiwan(['doctor', '--json']);
    const { ready, lines } = JSON.parse(stdout.toString()) as {
      ready: boolean;
      lines: { what: string; offered: boolean; required: boolean; detail: string; remedy?: string }[];
    };
    expect(lines.map(({ what }) => what)).toEqual([
      'process',
      'namespaces',
      'seccomp',
      'rlimits',
      'cgroups',
      'core-dumps',
      'not-dumpable',
      'python',
      'machine',
      'anchor',
    ]);
    for (const { offered, detail, remedy } of lines) {
      expect(detail).not.toBe('');
      expect(remedy === undefined).toBe(offered);
    }
    expect(ready).toBe(lines.every(({ offered, required }) => offered || !required));
    expect(code).toBe(ready ? 0 : 1);
    const text = await gaiwan(['doctor']);
    expect(text.code).toBe(code);
    expect(text.stdout.toString()).toMatch(/^(yes|MISSING) +process /m);
  });

  it('what is not there is missing: nothing is taken on trust', async () => {
    const { stdout } = await gaiwan([
      'doctor',
      '--json',
      '--cgroup',
      '/nonexistent',
      '--python',
      '/nonexistent',
    ]);
    const { lines } = JSON.parse(stdout.toString()) as { lines: { what: string; offered: boolean }[] };
    const offered = new Map(lines.map((line) => [line.what, line.offered]));
    expect([offered.get('cgroups'), offered.get('python')]).toEqual([false, false]);
  });
});
