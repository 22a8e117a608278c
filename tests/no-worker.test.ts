/** A platform without a worker of its own, as where the operator lists another program: what is invoked waits for one. */
import { taskStatusName } from '@gaiwan/protocol';
import { expect, it, onTestFinished } from 'vitest';
import { NO_WORKER, TestPlatform } from './support/platform.ts';

it('a platform with --workers 0 starts none, and takes a task that waits', async () => {
  const platform = await TestPlatform.start(NO_WORKER);
  onTestFinished(() => platform.stop());
  const admin = await platform.admin();
  const functionId = await admin.functions.register({
    name: 'builtin-echo',
    executorType: 'builtin',
    public: true,
    arguments: [{ key: 'message', allowOverwrite: true }],
  });
  const task = await admin.tasks.create({ functionId, arguments: { message: 'hi' }, executor: 'builtin' });
  await admin.tasks.approve(task, (await admin.tasks.manifest(task)).digest);
  await admin.tasks.invoke(task);
  expect(taskStatusName((await admin.tasks.get(task)).status)).toBe('Staged');
  expect(platform.workers()).toEqual([]);
  admin.close();
});
