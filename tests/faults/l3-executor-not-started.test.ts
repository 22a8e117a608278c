/** An executor gets tasks once one of its sandboxes has started, none while they do not, and again when they do. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Gaiwan } from '@gaiwan/client';
import { expect, it, onTestFinished } from 'vitest';
import { TestPlatform, temporaryFolder } from '../support/platform.ts';

const example = join(import.meta.dirname, '../../examples/custom-executor');
const able =
  ['bwrap', 'setpriv', 'prlimit'].every((tool) => spawnSync(tool, ['--version']).status === 0) &&
  spawnSync('/usr/bin/perl', ['-MJSON::PP', '-e', '1']).status === 0;
if (!able)
  console.warn('SKIPPED: an executor of its own wants bubblewrap, util-linux and perl with JSON::PP.');

async function invokePerl(client: Gaiwan, functionId: string): Promise<string> {
  const task = await client.tasks.create({ functionId, executor: 'perl' });
  await client.tasks.approve(task, (await client.tasks.manifest(task)).digest);
  await client.tasks.invoke(task);
  return task;
}

it.runIf(able)('L3: an executor whose program does not start, then does, then does not', async () => {
  const folder = temporaryFolder();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const program = join(folder, 'executor.pl');
  copyFileSync(join(example, 'executor.json'), join(folder, 'executor.json'));
  const breakIt = () => writeFileSync(program, 'die "not today\\n";\n');
  const repairIt = () => copyFileSync(join(example, 'executor.pl'), program);

  breakIt();
  const more = ['--executors', 'builtin', '--custom-executor', join(folder, 'executor.json')];
  const platform = await TestPlatform.start(more);
  onTestFinished(() => platform.stop());
  const client = await platform.admin();
  onTestFinished(() => client.close());
  const functionId = await client.functions.register({
    name: 'hello',
    executorType: 'custom:perl',
    public: true,
    payload: Buffer.from('sub main { return "hello" }'),
  });
  const invoke = () => invokePerl(client, functionId);
  const ended = (task: string) =>
    client.tasks.result(task).then(
      ({ returnValue }) => Buffer.from(returnValue).toString(),
      (error: Error) => error.message,
    );

  const refused = await ended(await invoke());
  expect(refused).toContain('function not available: (custom:perl, perl)');
  expect(platform.complaint).toContain('not today');
  expect(refused).not.toContain(folder);

  repairIt();
  await expect.poll(async () => ended(await invoke())).toBe('hello');

  // A process that waits may take this task. None comes after it.
  breakIt();
  platform.complaint = '';
  await invoke();
  await expect.poll(() => platform.complaint).toContain('not today');
  repairIt();
  await expect.poll(async () => ended(await invoke())).toBe('hello');
});
