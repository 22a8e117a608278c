/** An executor says of itself whether its processes start: before the first one has, while none does, and again. */
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { nativeJob, nativeRunner } from '../testing/native.ts';
import { AbilityState } from './ability.ts';
import { PlainLauncher } from './launcher.ts';
import type { RunnerSpec } from './runner.ts';
import { SandboxExecutor } from './sandbox-executor.ts';
import { Starter } from './starter.ts';

let folder: string;
/** A link to the interpreter, which can be taken away. */
let program: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-ability-'));
  program = join(folder, 'node');
});
afterAll(() => rmSync(folder, { recursive: true }));

const breakIt = () => {
  rmSync(program);
  writeFileSync(program, '#!/bin/false\n', { mode: 0o755 });
};
const repairIt = () => {
  rmSync(program, { force: true });
  symlinkSync(process.execPath, program);
};

async function open(eager: boolean) {
  const runner = nativeRunner();
  const [, ...args] = runner.command;
  const troubles: string[] = [];
  const executor = await SandboxExecutor.open({
    runner: { ...runner, command: [program, ...args] },
    slots: 1,
    warm: { generic: 1, prepared: 0, eager },
    // Another one than the host's own program is seen by a plain process alone.
    sandbox: { folder, require: [], without: ['process', 'namespaces', 'seccomp', 'rlimits', 'cgroups'] },
    onTrouble: ({ message }) => troubles.push(message),
  });
  onTestFinished(() => executor.close());
  const seen: string[] = [];
  const unwatch = executor.watchAbility(() => seen.push(executor.ability));
  return { executor, seen, troubles, unwatch };
}

it('is to come until the first process has started, then able, unable while none starts, and able again by itself', async () => {
  repairIt();
  const { executor, seen, troubles, unwatch } = await open(true);
  expect(executor.ability).toBe('coming');
  await expect.poll(() => seen).toEqual(['able']);
  breakIt();
  // It takes the one that waits, and another is started in its place.
  await executor.run(nativeJob('return "done"', folder));
  await expect.poll(() => seen).toEqual(['able', 'unable']);
  expect(troubles.at(-1)).toContain('does not start');
  repairIt();
  await expect.poll(() => seen).toEqual(['able', 'unable', 'able']);
  await executor.run(nativeJob('return "again"', folder));
  unwatch();
  expect(existsSync(program)).toBe(true);
});

it('where it starts nothing ahead of jobs, is able until a job finds out: that one may run elsewhere', async () => {
  repairIt();
  const { executor, seen } = await open(false);
  expect(executor.ability).toBe('able');
  breakIt();
  await expect(executor.run(nativeJob('return 1', folder))).rejects.toMatchObject({
    name: 'HostFault',
    code: 'not-started',
    forParticipants: 'The worker could not start a process for the function.',
  });
  expect(seen).toEqual(['unable']);
  repairIt();
  await expect.poll(() => seen).toEqual(['unable', 'able']);
});

it('a start that fails after a later one has succeeded says nothing', async () => {
  const flag = join(folder, 'flag');
  const wait = `const wait = () => require('fs').existsSync(${JSON.stringify(flag)}) ? process.exit(1) : setTimeout(wait, 5); wait()`;
  const commands = [[process.execPath, '-e', wait], nativeRunner().command];
  class Each extends PlainLauncher {
    override launch(runner: RunnerSpec) {
      return super.launch({ ...runner, command: commands.shift() ?? [] });
    }
  }
  const ability = new AbilityState('coming');
  const starter = new Starter(new Each(), nativeRunner(), ability);
  const slow = starter.start({ awaited: true });
  const process_ = await starter.start({ awaited: true });
  expect(ability.now).toBe('able');
  writeFileSync(flag, '');
  await expect(slow).rejects.toMatchObject({ code: 'start' });
  expect(ability.now).toBe('able');
  await process_.end();
  await starter.close();
});
