/** A5: a user whose data and tasks are as large as they may be asks for lists of them, many at a time. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Gaiwan } from '@gaiwan/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_WORKER, TestPlatform } from '../support/platform.ts';

const MIB = 2 ** 20;
/** Together more than the platform may grow by, even once. */
const RECORDS = 8;
const RECORD = 4 * MIB;
const ARGUMENTS = 2 * MIB;
const LISTS = 12;
const GROWTH_MIB = 120;

/** Memory that the platform has had at most. */
const peak = (pid: number): number =>
  Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

let platform: TestPlatform;
let user: Gaiwan;
let tasks: string[];
beforeAll(async () => {
  platform = await TestPlatform.start(NO_WORKER);
  user = await platform.user('ann');
  const key = { scheme: 'aes-gcm-256' as const, key: randomBytes(32), iv: randomBytes(12) };
  const url = `data:text/plain;base64,${randomBytes(RECORD).toString('base64')}`;
  for (let n = 0; n < RECORDS; n++) await user.data.registerInput({ url, tag: randomBytes(16), key });
  const admin = await platform.admin();
  const functionId = await admin.functions.register({
    name: 'builtin-echo',
    executorType: 'builtin',
    public: true,
    arguments: [{ key: 'message', allowOverwrite: true }],
  });
  const message = 'x'.repeat(ARGUMENTS);
  tasks = [];
  for (let n = 0; n < RECORDS; n++)
    tasks.push(await user.tasks.create({ functionId, executor: 'builtin', arguments: { message } }));
});
afterAll(async () => platform.stop());

describe('A5: lists of the largest records', () => {
  it('cost what is shown of them', async () => {
    const before = peak(platform.pid);
    const lists = Array.from({ length: LISTS }, () => Promise.all([user.data.list(), user.tasks.list()]));
    for (const [data, listed] of await Promise.all(lists)) {
      expect(data.items).toHaveLength(RECORDS);
      expect(listed.items.map(({ taskId }) => taskId).sort()).toEqual([...tasks].sort());
    }
    expect(peak(platform.pid) - before).toBeLessThan(GROWTH_MIB);
  });

  it('are counted, with what is in their URLs', async () => {
    const { bytes, items } = await user.storage.use();
    expect(items).toBe(2 * RECORDS);
    expect(bytes).toBeGreaterThan(RECORDS * (RECORD + ARGUMENTS));
    expect(bytes).toBeLessThan(RECORDS * (RECORD + ARGUMENTS + 10_000));
  });
});
