/** Sandboxes that serve further calls, through a real platform: whether they do is the operator's choice, and everybody who approves reads it. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Gaiwan } from '@gaiwan/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestPlatform } from './support/platform.ts';

const possible = ['/usr/bin/python3', '/usr/bin/bwrap'].every((path) => existsSync(path));
if (!possible) console.warn('SKIPPED: kept sandboxes of native Python want /usr/bin/python3 and bubblewrap.');

/** Each call in a kept sandbox is a child with another number; in a new sandbox all have the same. */
const WHO = 'import os\ndef main(inputs, outputs, args):\n    return str(os.getpid())\n';

describe.skipIf(!possible).each([
  ['keeps sandboxes', [], 'kept', 'may serve further calls'],
  ['is told not to', ['--fresh-sandboxes'], 'fresh', 'a new one for each call'],
] as const)('a platform that %s', (_what, flags, sandboxes, shown) => {
  let platform: TestPlatform;
  let client: Gaiwan;
  let functionId: string;
  beforeAll(async () => {
    platform = await TestPlatform.start(['--executors', 'cpython', '--workers', '1', ...flags]);
    client = await platform.admin();
    functionId = await client.functions.register({
      name: `f-${randomBytes(4).toString('hex')}`,
      executorType: 'python',
      public: true,
      payload: Buffer.from(WHO),
    });
  });
  afterAll(() => platform.stop());

  const create = () => client.tasks.create({ functionId, executor: 'cpython' });
  const call = async () => {
    const taskId = await create();
    await client.tasks.invoke(taskId);
    return Buffer.from((await client.tasks.result(taskId)).returnValue).toString();
  };

  it('says so in each manifest', async () => {
    const { manifest } = await client.tasks.manifest(await create());
    expect(manifest.sandboxes).toBe(sandboxes);
    const { manifestText } = await import('../packages/cli/src/task/show-task.ts');
    expect(manifestText(await client.tasks.manifest(manifest.task))).toContain(shown);
  });

  it('does so', async () => {
    const first = await call();
    if (sandboxes === 'kept') await expect.poll(call, { interval: 100 }).not.toBe(first);
    else for (let i = 0; i < 4; i++) expect(await call()).toBe(first);
  });
});
