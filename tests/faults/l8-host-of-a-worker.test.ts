/** What its host does to a worker's runs uses up attempts, not tasks; participants are told what it was, and nothing of the host. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type Gaiwan, type NewTask, TaskStatus } from '@gaiwan/client';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { TestPlatform } from '../support/platform.ts';
import { descendants, processorMs } from '../support/processes.ts';
import { freshKey } from '../support/three-banks.ts';

const ATTEMPTS = 3;
const possible =
  process.platform === 'linux' &&
  ['bwrap', 'setpriv', 'prlimit'].every((tool) => spawnSync(tool, ['--version']).status === 0);
if (!possible) console.warn('SKIPPED: functions in sandboxes want Linux, bubblewrap and util-linux.');

describe.skipIf(!possible)('L8: a function', () => {
  let platform: TestPlatform;
  let client: Gaiwan;
  beforeAll(async () => {
    platform = await TestPlatform.start(['--executors', 'javascript']);
    client = await platform.admin();
  });
  afterAll(async () => {
    client.close();
    await platform.stop();
  });

  async function start(name: string, code: string, more: Partial<NewTask> = {}, outputId?: string) {
    const functionId = await client.functions.register({
      name,
      executorType: 'javascript',
      public: true,
      payload: Buffer.from(code),
      outputs: outputId === undefined ? [] : [{ name: 'out' }],
    });
    const taskId = await client.tasks.create({ functionId, executor: 'javascript', ...more });
    if (outputId !== undefined) await client.tasks.assign(taskId, { outputs: { out: outputId } });
    await client.tasks.approve(taskId, (await client.tasks.manifest(taskId)).digest);
    await client.tasks.invoke(taskId);
    return taskId;
  }

  /** What its participants read. */
  const reasonOf = (taskId: string) =>
    client.tasks.result(taskId).then(
      () => 'it succeeded',
      (error: Error) => error.message,
    );

  it('whose process the kernel kills, as where memory is short, runs again, and fails at the last attempt', async () => {
    const taskId = await start('endless', 'export function main() { for (;;); }');
    // A process that waits for a job has used less than that.
    const busy = () =>
      platform
        .workers()
        .flatMap((worker) => descendants(worker))
        .filter((pid) => processorMs(pid) > 1000);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      await expect.poll(() => busy().length).toBe(1);
      expect((await client.tasks.get(taskId)).status).toBe(TaskStatus.Running);
      const [pid = 0] = busy();
      process.kill(pid, 'SIGKILL');
      await expect.poll(() => busy()).not.toContain(pid);
    }
    const reason = await reasonOf(taskId);
    expect(reason).toContain(
      'The worker ran out of memory, or the process of the function was killed on it.',
    );
    expect((await client.tasks.get(taskId)).status).toBe(TaskStatus.Failed);
    expect(platform.complaint).toContain('"code":"killed"');
  });

  it('for whose output a worker has no room on its disk fails at the last attempt without a path, and later does not', async ({
    skip,
  }) => {
    const code =
      'export function main(inputs, outputs) { outputs.out.write("x".repeat(3000000)); return 1; }';
    const output = () => client.data.createOutput({ name: 'out.enc', key: freshKey('aes-gcm-128') });
    const outputs = { out: ['admin'] };
    const scratch = join(platform.folder, 'data', 'work', '0');
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', scratch]);
    skip(mounted.status !== 0, 'the right to mount is wanted');
    let there = true;
    const unmount = () => {
      if (there) expect(spawnSync('umount', [scratch]).status).toBe(0);
      there = false;
    };
    onTestFinished(unmount);
    const reason = await reasonOf(await start('full', code, { outputs }, await output()));
    expect(reason).toContain("The worker's disk is full, or failed.");
    expect(reason).not.toContain(platform.folder);
    // The operator is told where.
    expect(platform.complaint).toContain(scratch);
    unmount();
    expect(await reasonOf(await start('roomy', code, { outputs }, await output()))).toBe('it succeeded');
  });
});
