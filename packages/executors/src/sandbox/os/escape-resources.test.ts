/** Hostile functions that want everything: each layer that counts holds alone, and nothing of them remains. */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { survivors } from '../../testing/leaks.ts';
import { roomy } from '../../testing/native.ts';
import { canTest, perlExecutor } from '../../testing/perl.ts';
import { cgroupParents } from './cgroups.ts';

const BOMB =
  'my $n = 0; while ($n < 3000) { my $pid = fork; last unless defined $pid; if (!$pid) { sleep 60 } $n++ } $n';
const MIB = 1 << 20;

describe.skipIf(!(await canTest('namespaces', 'cgroups')))('control groups alone', () => {
  const perl = perlExecutor({ without: ['seccomp', 'rlimits'] });

  it('hold a fork bomb', async () => {
    expect(Number(await perl.run(BOMB))).toBeLessThanOrEqual(128);
  });

  it('hold memory: the kernel ends it, and the task is told so', async () => {
    const { code, message } = await perl.failure(`my $x = 'x' x ${1024 * MIB}; 'had it'`);
    expect({ code, message }).toMatchObject({
      code: 'memory-limit',
      message: 'The function used more than the 256 MiB of memory that the task allows.',
    });
  });

  it('count what many processes take together', async () => {
    const many = `for (1 .. 8) { if (!fork) { my $x = 'x' x ${64 * MIB}; sleep 60 } } sleep 60`;
    expect((await perl.failure(many)).code).toBe('memory-limit');
  });

  it('let a task have more than its process had while it waited', async () => {
    expect(await perl.run('"roomy"', { limits: { ...roomy, memoryMiB: 4096 } })).toBe('roomy');
  });

  it('count processor time of all of them', async () => {
    const many = 'for (1 .. 3) { if (!fork) { 1 while 1 } } sleep 60';
    const ended = await perl.failure(many, { limits: { ...roomy, cpuMs: 200 } });
    expect(ended).toMatchObject({ code: 'cpu-limit' });
  });

  it('leave no group behind', async () => {
    await perl.run('"x"');
    await perl.state.executor.close();
    const { version, ...folders } = cgroupParents();
    expect(version).toBeGreaterThan(0);
    const left = Object.values(folders).flatMap((folder) => readdirSync(folder));
    expect(left.filter((name) => name.startsWith(`gaiwan-${process.pid}-`))).toEqual([]);
    expect(left.length).toBeGreaterThan(0);
  });
});

describe.skipIf(!(await canTest('namespaces', 'rlimits')))('rlimits alone', () => {
  const perl = perlExecutor({ without: ['seccomp', 'cgroups'] });

  it('hold a fork bomb', async () => {
    const most = process.getuid?.() === 0 ? 128 : 2000;
    // Each copy counts for itself what it shares with its parent.
    const limits = { ...roomy, memoryMiB: 4096 };
    expect(Number(await perl.run(BOMB, { limits }))).toBeLessThanOrEqual(most);
  });

  it('hold files: how large, how many are open, no core', async () => {
    const large = `open my $f, '>', '/tmp/x'; $SIG{XFSZ} = 'IGNORE'; my $b = 'x' x ${MIB};
      for (1 .. 300) { defined syswrite($f, $b) or return "$!" } 'all'`;
    expect(await perl.run(large)).toMatch(/^(File too large|No space left on device)$/);
    const many = `my @f; for (1 .. 3000) { open(my $f, '<', '/dev/null') or return @f . " $!"; push @f, $f } 'all'`;
    expect(await perl.run(many)).toMatch(/^2[0-9]{2} Too many open files$/);
    expect(await perl.run(`open my $f, '<', '/proc/self/limits'; local $/; readline $f`)).toMatch(
      /^Max core file size +0 +0 /m,
    );
  });
});

describe.skipIf(!(await canTest('namespaces')))('namespaces and the worker’s own watch', () => {
  const perl = perlExecutor({ without: ['seccomp', 'rlimits', 'cgroups'] });

  it('bound the scratch folder, which is the only place to write', async () => {
    const fill = `my $b = 'x' x ${MIB}; my $n = 0;
      for my $i (1 .. 30) { open my $f, '>', "/tmp/$i"; for (1 .. 10) { defined syswrite($f, $b) or return "$n $!"; $n++ } } 'all'`;
    expect(await perl.run(fill)).toBe('64 No space left on device');
  });

  it('end what takes too much memory, in one process or in many', async () => {
    expect((await perl.failure(`my $x = 'x' x ${1024 * MIB}; sleep 60`)).code).toBe('memory-limit');
    const many = `for (1 .. 8) { if (!fork) { my $x = 'x' x ${64 * MIB}; sleep 60 } } sleep 60`;
    expect((await perl.failure(many)).code).toBe('memory-limit');
  });

  it('end what takes too much processor time, in many processes', async () => {
    const many = 'for (1 .. 3) { if (!fork) { 1 while 1 } } sleep 60';
    const ended = await perl.failure(many, { limits: { ...roomy, cpuMs: 200 } });
    expect(ended).toMatchObject({ code: 'cpu-limit' });
  });

  it('endless recursion is the end of it alone', async () => {
    const { code } = await perl.failure('no warnings; sub deeper { deeper(@_, 1) } deeper()');
    expect(['memory-limit', 'crashed']).toContain(code);
  });

  it('nothing survives its job, also in a session of its own', async () => {
    const marker = `survivor-${process.pid}`;
    const daemon = `use POSIX; for (1 .. 3) { if (!fork) { setsid(); if (!fork) { $0 = '${marker}'; sleep 60 } exit } } sleep 1;
      my $n = 0;
      for (1 .. 30) { if (open my $f, '<', "/proc/$_/cmdline") { $n++ if (readline($f) // '') =~ /${marker}/ } } $n`;
    expect(await perl.run(daemon)).toBe('3');
    await perl.state.executor.settle();
    expect(survivors(marker)).toEqual([]);
    // Nor does it in a sandbox that a limit ends.
    const stubborn = `$0 = '${marker}'; $SIG{$_} = 'IGNORE' for keys %SIG; fork; fork; sleep 60 while 1`;
    const ended = await perl.failure(stubborn, { limits: { ...roomy, timeMs: 300 } });
    expect(ended).toMatchObject({ code: 'time-limit' });
    expect(survivors(marker)).toEqual([]);
  });

  it('what it wrote to its scratch folder is gone in the next', async () => {
    await perl.run(`open my $f, '>', '/tmp/left' or die; print $f 'x'; close $f; 'x'`);
    expect(await perl.run(`join ',', glob '/tmp/*'`)).not.toContain('left');
  });
});
