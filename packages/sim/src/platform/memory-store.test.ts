import type { Batch, Store } from '@gaiwan/store';
import { describe, expect, it } from 'vitest';
import { Faults } from '../physics/faults.ts';
import { Loop } from '../physics/loop.ts';
import { Random } from '../physics/random.ts';
import { Model, shownEntry, shownItem, shownLogEntry } from '../store/model.ts';
import { Requests } from '../store/requests.ts';
import { Kept, MemoryStore } from './memory-store.ts';

const world = (seed: number, rates: ConstructorParameters<typeof Faults>[1] = new Map()) => {
  const random = new Random(seed);
  const loop = new Loop();
  return { loop, random, faults: new Faults(random.fork('faults'), rates, () => undefined) };
};

async function contentOf(store: Store): Promise<unknown> {
  const entries = [];
  for await (const entry of store.entries([])) entries.push(shownEntry(entry));
  const queue = (await store.queue('work')).map(shownItem);
  const log = (await store.log('events')).map(shownLogEntry);
  return { entries: entries.sort(), queue, log, length: await store.logLength('events') };
}

const contentOfModel = (model: Model) => ({
  entries: model.entriesUnder([]),
  queue: model.queue('work'),
  log: model.log('events'),
  length: model.log('events').length,
});

describe('a store without a disk', () => {
  it.each([1, 2, 3, 4, 5])('does with each batch what the model of a store does: %d', async (seed) => {
    const weather = world(seed);
    const { loop, random } = weather;
    const kept = new Kept();
    const store = new MemoryStore(kept, weather);
    const requests = new Requests(random.fork('requests'), loop);
    let model = new Model();
    let conflicts = 0;
    await loop.until(
      (async () => {
        for (let count = 0; count < 200; count++) {
          const batch = requests.batch(model);
          const after = model.after(batch);
          const versions = await store.commitVersions(batch).catch((error: unknown) => error);
          if (after) expect(versions).toEqual(after.versions);
          else expect(versions).toMatchObject({ code: 'conflict' });
          if (!after) conflicts++;
          model = after?.model ?? model;
        }
        expect(await contentOf(store)).toEqual(contentOfModel(model));
        // The next process, and another store that begins like it.
        expect(await contentOf(new MemoryStore(new Kept(kept), weather))).toEqual(contentOfModel(model));
      })(),
    );
    expect(conflicts).toBeGreaterThan(0);
  });

  const put = (id: string): Batch => ({ put: [{ key: ['task', id], value: Buffer.from(id) }] });

  it('takes nothing more after a failed sync, says so, and leaves open what that was about', async () => {
    const found = new Set<boolean>();
    for (let seed = 1; seed <= 20; seed++) {
      const weather = world(seed, new Map([['sync error', 1]]));
      const kept = new Kept();
      const store = new MemoryStore(kept, weather);
      weather.faults.areOn = true;
      await weather.loop.until(
        (async () => {
          await expect(store.commit(put('1'))).rejects.toMatchObject({ code: 'sync-failed', written: false });
          weather.faults.areOn = false;
          await expect(store.commit(put('2'))).rejects.toMatchObject({ code: 'sync-failed' });
          expect(await store.failed).toMatchObject({ code: 'sync-failed' });
          expect(await store.get(['task', '1'])).toBeUndefined();
          found.add((await new MemoryStore(kept, weather).get(['task', '1'])) !== undefined);
        })(),
      );
    }
    expect(found).toEqual(new Set([true, false]));
  });

  it('refuses while its disk is full, and takes more when there is room', async () => {
    const weather = world(1, new Map([['disk full', 1]]));
    const store = new MemoryStore(new Kept(), weather);
    weather.faults.areOn = true;
    await weather.loop.until(
      (async () => {
        await expect(store.commit(put('1'))).rejects.toMatchObject({ code: 'disk-full', written: false });
        weather.faults.areOn = false;
        await store.commit(put('1'));
        expect((await store.get(['task', '1']))?.version).toBe(1);
      })(),
    );
  });
});
