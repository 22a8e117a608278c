/** L1, B3: what a task has written stays, whatever other tasks and registrations there are. An output is for one task, and for one record. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attach } from '../support/listed-worker.ts';
import type { TestPlatform } from '../support/platform.ts';
import { freshKey } from '../support/three-banks.ts';
import { listed, startWithListed, Writer, writing } from '../support/writing-worker.ts';

let platform: TestPlatform;
let ann: Writer;
beforeAll(async () => {
  platform = await startWithListed();
  ann = await Writer.arrive(platform, 'ann');
});
afterAll(() => platform.stop());

const taken = { code: 'output-taken' };

describe.each(['teaclave-file-128', 'aes-gcm-256'] as const)(
  'L1, B3: an output that two tasks have (%s)',
  (scheme) => {
    it('is the first one’s that is invoked, for ever once it is written', async () => {
      await attach(platform, listed, writing());
      const place = await ann.place(scheme);
      const { tasks } = ann.client;
      const [first, second] = [await ann.task('first', place), await ann.task('second', place)];
      await tasks.invoke(first);
      await expect(tasks.invoke(second)).rejects.toMatchObject(taken);
      await tasks.result(first);
      expect(await ann.read(place)).toBe('first');
      await expect(tasks.invoke(second)).rejects.toMatchObject(taken);
      expect(await ann.read(place)).toBe('first');
    });

    it('is free for the second when the first ends without having written it', async () => {
      await attach(platform, listed, writing());
      const place = await ann.place(scheme);
      const { tasks } = ann.client;
      const [failing, second] = [await ann.task('fail', place), await ann.task('second', place)];
      await tasks.invoke(failing);
      await expect(tasks.result(failing)).rejects.toThrow();
      await tasks.invoke(second);
      await tasks.result(second);
      expect(await ann.read(place)).toBe('second');
    });
  },
);

it('L1: of two tasks that are invoked at the same moment one is refused, and the other’s output is right', async () => {
  await attach(platform, listed, writing());
  const { tasks } = ann.client;
  for (let round = 0; round < 4; round++) {
    const place = await ann.place();
    const both = [await ann.task('one', place), await ann.task('other', place)];
    const ends = await Promise.allSettled(both.map((task) => tasks.invoke(task)));
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const winner = ends.findIndex(({ status }) => status === 'fulfilled');
    await tasks.result(both[winner] ?? '');
    expect(await ann.read(place)).toBe(['one', 'other'][winner]);
  }
});

it('a task that is cancelled before it has begun gives its output back', async () => {
  const place = await ann.place();
  const { tasks } = ann.client;
  const [first, second] = [await ann.task('first', place), await ann.task('second', place)];
  await tasks.invoke(first);
  await expect(tasks.invoke(second)).rejects.toMatchObject(taken);
  await tasks.cancel(first);
  await tasks.invoke(second);
  await tasks.cancel(second);
});

it('B3: the file of an output is registered once, with another key nobody gets a second record of it', async () => {
  await attach(platform, listed, writing());
  const before = new Set(readdirSync(join(platform.folder, 'data', 'blobs')));
  const place = await ann.place();
  const first = await ann.task('first', place);
  await ann.client.tasks.invoke(first);
  await ann.client.tasks.result(first);
  const made = readdirSync(join(platform.folder, 'data', 'blobs')).filter((file) => !before.has(file));
  expect(made).toHaveLength(1);
  const url = `blob://gaiwan/${made[0]?.split('.')[0]}/out.enc`;
  const registered = { code: 'blob-registered' };
  const key = freshKey('aes-gcm-256');
  await expect(ann.client.data.registerOutput({ url, key })).rejects.toMatchObject(registered);
  const other = await ann.place();
  await expect(ann.client.data.updateOutput(other.id, url)).rejects.toMatchObject(registered);
  expect(await ann.read(place)).toBe('first');
});
