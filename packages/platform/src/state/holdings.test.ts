import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeRecord } from '../domain/codec.ts';
import { HELD_LOG, type HeldRecord, keys } from '../domain/records.ts';
import { refuse } from '../errors.ts';
import { limits } from '../limits.ts';
import { FaultyStore } from '../testing/faulty-store.ts';
import { endlessRoom, openTestHoldings } from '../testing/holdings.ts';
import { TestStore } from '../testing/store.ts';
import { putAccounts, subjectOf } from '../testing/subjects.ts';
import { defaultQuotas, Holdings } from './holdings.ts';
import { Sums } from './sums.ts';
import { transact } from './transaction.ts';

const [ann, ben, carl] = [subjectOf('ann'), subjectOf('ben'), subjectOf('carl')];
const quotas = { user: { bytes: 1000, items: 10 }, group: { bytes: 1500, items: 15 } };
let test: TestStore;
let holdings: Holdings;
beforeEach(async () => {
  test = await TestStore.open();
  await putAccounts(test.store, [carl], { name: 'FunctionOwner', attribute: '' });
  await putAccounts(test.store, [ann, ben], { name: 'DataOwner', attribute: 'north' });
  holdings = await openTestHoldings(test.store, quotas);
});
afterEach(() => test.close());

const make = (id: string, by = ann, bytes = 100, unfinishedSince?: number) =>
  transact(test.store, test.clock, (tx) =>
    holdings.charge(tx, {
      key: keys.data(id),
      by,
      bytes,
      ...(unfinishedSince !== undefined && { unfinishedSince }),
    }),
  );
const release = (id: string) => transact(test.store, test.clock, (tx) => holdings.release(tx, keys.data(id)));
const used = (of: Parameters<Holdings['use']>[0]) => {
  const { bytes, items } = holdings.use(of);
  return [bytes, items];
};
/** What a restart reads; and that the store's rows say the same. */
const asStored = async () => {
  const rows: HeldRecord[] = [];
  for await (const { value } of test.store.entries(['held'])) rows.push(decodeRecord<HeldRecord>(value));
  const sum = (mine: (row: HeldRecord) => boolean) =>
    rows
      .filter(mine)
      .reduce((all, { bytes }) => [all[0] + bytes, all[1] + 1] as const, [0, 0] as readonly [number, number]);
  const fresh = await openTestHoldings(test.store, quotas);
  for (const one of [ann, ben, carl]) {
    const { bytes, items } = fresh.use({ user: one });
    expect(sum(({ by }) => by === one)).toEqual([bytes, items]);
  }
  const { bytes, items } = fresh.use({ group: 'north' });
  expect(sum(({ group }) => group === 'north')).toEqual([bytes, items]);
  return [{ user: ann }, { user: ben }, { user: carl }, { group: 'north' }].map((of) => {
    const { bytes, items, unfinished } = fresh.use(of);
    return { bytes, items, unfinished };
  });
};
const inMemory = () =>
  [{ user: ann }, { user: ben }, { user: carl }, { group: 'north' }].map((of) => {
    const { bytes, items, unfinished } = holdings.use(of);
    return { bytes, items, unfinished };
  });
const codes = (settled: PromiseSettledResult<unknown>[]) =>
  settled.map((one) => (one.status === 'fulfilled' ? 'ok' : (one.reason as { code: string }).code));

describe('a quota', () => {
  it('is exact when many calls want the last of it at once', async () => {
    const settled = await Promise.allSettled(Array.from({ length: 64 }, (_, n) => make(`${n}`)));
    expect(codes(settled).filter((code) => code === 'ok')).toHaveLength(10);
    expect(codes(settled).filter((code) => code === 'storage-quota')).toHaveLength(54);
    expect(used({ user: ann })).toEqual([1000, 10]);
    expect(await asStored()).toEqual(inMemory());
  });

  it('of a group holds for its members together, and for nobody else', async () => {
    const settled = await Promise.allSettled(
      Array.from({ length: 60 }, (_, n) => make(`${n}`, [ann, ben, carl][n % 3])),
    );
    expect(codes(settled).filter((code) => code === 'ok')).toHaveLength(25);
    expect([used({ group: 'north' }), used({ user: carl })]).toEqual([
      [1500, 15],
      [1000, 10],
    ]);
  });

  it('says in its refusal how much is used, of what, and what to do', async () => {
    await make('1', ann, 950);
    await expect(make('2', ann, 51)).rejects.toMatchObject({
      code: 'storage-quota',
      message: expect.stringMatching(
        /^ann has 950 bytes of 1000 bytes .* 51 bytes more\. .*ask an administrator/,
      ),
    });
    await make('3', ann, 50);
    await expect(make('4', ann, 1)).rejects.toMatchObject({ code: 'storage-quota' });
  });

  it('is given back by what is deleted, once that is durable, and by what was never committed', async () => {
    await make('1', ann, 1000);
    await expect(
      transact(test.store, test.clock, async (tx) => {
        await holdings.release(tx, keys.data('1'));
        expect(used({ user: ann })).toEqual([1000, 1]);
        throw refuse('busy', 'given up');
      }),
    ).rejects.toThrow();
    expect(used({ user: ann })).toEqual([1000, 1]);
    await release('1');
    expect(used({ user: ann })).toEqual([0, 0]);
    await expect(
      transact(test.store, test.clock, async (tx) => {
        await holdings.charge(tx, { key: keys.data('2'), by: ann, bytes: 900 });
        throw refuse('busy', 'given up');
      }),
    ).rejects.toThrow();
    await make('3', ann, 1000);
    expect(await asStored()).toEqual(inMemory());
  });

  it('counts an item once, however often it is written', async () => {
    await make('1', ann, 100);
    await make('1', ben, 150);
    expect([used({ user: ann }), used({ user: ben })]).toEqual([
      [150, 1],
      [0, 0],
    ]);
    expect(await asStored()).toEqual(inMemory());
  });

  it('that the operator has set for one holds for that one, also after a restart, until it is unset', async () => {
    const set = (quota: { bytes?: number; items?: number }) =>
      transact(test.store, test.clock, async (tx) => holdings.setQuota(tx, { of: { user: ann }, ...quota }));
    await set({ bytes: 50 });
    await expect(make('1')).rejects.toMatchObject({ code: 'storage-quota' });
    holdings = await openTestHoldings(test.store, quotas);
    expect(holdings.use({ user: ann }).quota).toEqual({ bytes: 50, items: 10 });
    await make('2', ben);
    await set({});
    await make('1');
  });

  it('that is smaller than what is kept lets items shrink and go', async () => {
    await make('1', ann, 900);
    await transact(test.store, test.clock, async (tx) =>
      holdings.setQuota(tx, { of: { user: ann }, bytes: 10 }),
    );
    await transact(test.store, test.clock, (tx) => holdings.grow(tx, keys.data('1'), -100));
    expect(used({ user: ann })).toEqual([800, 1]);
    await release('1');
    expect(used({ user: ann })).toEqual([0, 0]);
  });
});

it('a start reads what changed since the changes were summed up, and they are summed up by themselves', async () => {
  holdings = await Holdings.open({
    store: test.store,
    quotas: defaultQuotas,
    room: endlessRoom,
    sumEvery: 5,
  });
  for (let n = 0; n < 7; n++) await make(`${n}`, ann, 10, n);
  await expect.poll(async () => (await Sums.read(test.store)).from).toBeGreaterThanOrEqual(5);
  expect((await Sums.read(test.store)).to).toBe(7);
  expect(await asStored()).toEqual(inMemory());
});

it('changes that are summed up are forgotten, and the sums stay', async () => {
  holdings = await openTestHoldings(test.store);
  await Promise.all(Array.from({ length: 140 }, (_, n) => make(`${n}`, ann, 1)));
  await Sums.keep(test.store);
  const [oldest] = await test.store.log(HELD_LOG);
  expect(oldest?.index).toBe(128);
  expect(used({ user: ann })).toEqual([140, 140]);
  expect(await asStored()).toEqual(inMemory());
});

it('sums that another has kept meanwhile are not replaced by older ones', async () => {
  holdings = await openTestHoldings(test.store);
  await Promise.all(Array.from({ length: 70 }, (_, n) => make(`${n}`, ann, 1)));
  const slow = new Proxy(test.store, {
    get: (store, name) =>
      name === 'commit'
        ? async (batch: Parameters<typeof store.commit>[0]) => {
            await Promise.all(Array.from({ length: 70 }, (_, n) => make(`later ${n}`, ann, 1)));
            await Sums.keep(store);
            return store.commit(batch);
          }
        : (Reflect.get(store, name) as () => unknown).bind(store),
  });
  await expect(Sums.keep(slow)).rejects.toMatchObject({ code: 'conflict' });
  expect(await asStored()).toEqual(inMemory());
  expect(used({ user: ann })).toEqual([140, 140]);
});

it('a commit that is written and not acknowledged counts', async () => {
  const failing = new FaultyStore(test.store);
  failing.fail('written');
  await expect(
    transact(failing, test.clock, (tx) => holdings.charge(tx, { key: keys.data('1'), by: ann, bytes: 7 })),
  ).rejects.toThrow();
  expect(used({ user: ann })).toEqual([7, 1]);
  expect(await asStored()).toEqual(inMemory());
});

describe('unfinished uploads', () => {
  it('are as many as one user may have, also when begun at once', async () => {
    holdings = await openTestHoldings(test.store);
    const most = limits.unfinishedUploads.value;
    const settled = await Promise.allSettled(
      Array.from({ length: most + 20 }, (_, n) => make(`${n}`, ann, 1, 0)),
    );
    expect(codes(settled).filter((code) => code === 'ok')).toHaveLength(most);
    expect(codes(settled).filter((code) => code === 'too-many-uploads')).toHaveLength(20);
    await make('ben’s', ben, 1, 0);
    await transact(test.store, test.clock, (tx) => holdings.finishUpload(tx, keys.data('0')));
    await release('1');
    await Promise.all([make('a', ann, 1, 0), make('b', ann, 1, 0)]);
    await expect(make('c', ann, 1, 0)).rejects.toMatchObject({ code: 'too-many-uploads' });
    expect(await asStored()).toEqual(inMemory());
  });
});

it('what attempts write counts at once, is refused beyond the quota, and becomes the item’s or nothing', async () => {
  await make('out', ann, 0);
  holdings.write('out.a1', { by: ann, group: 'north' }, 600);
  expect(() => holdings.write('out.a2', { by: ann, group: 'north' }, 600)).toThrow(
    expect.objectContaining({ code: 'storage-quota' }),
  );
  holdings.write('out.a1', { by: ann, group: 'north' }, 700);
  expect(used({ user: ann })).toEqual([700, 1]);
  const keep = transact(test.store, test.clock, async (tx) => {
    await holdings.keepWritten(tx, keys.data('out'), 'out.a1', 700);
    throw refuse('busy', 'given up');
  });
  await expect(keep).rejects.toThrow();
  expect(used({ user: ann })).toEqual([700, 1]);
  await transact(test.store, test.clock, (tx) => holdings.keepWritten(tx, keys.data('out'), 'out.a1', 700));
  expect(used({ user: ann })).toEqual([700, 1]);
  expect(await asStored()).toEqual(inMemory());
  holdings.write('out.a3', { by: ann, group: 'north' }, 100);
  holdings.unwrite('out.a3');
  expect(used({ user: ann })).toEqual([700, 1]);
});

it('whatever attempts write, keep and drop, and whichever of it is refused or not committed, the sums are those of the files', async () => {
  const step = fc.record({
    file: fc.constantFrom('out.a1', 'out.a2', 'out.a3'),
    bytes: fc.constantFrom(0, 1, 200, 500, 700),
    what: fc.constantFrom('write', 'write', 'write', 'unwrite', 'keep', 'keep and give up'),
  });
  await make('out', ann, 0);
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 20 }), async (steps) => {
      holdings = await openTestHoldings(test.store, quotas);
      const files = new Map<string, number>();
      let [kept] = used({ user: ann });
      for (const { file, bytes, what } of steps) {
        const written = files.get(file) ?? 0;
        if (what === 'write') {
          const others = [...files.values()].reduce((sum, one) => sum + one, 0) - written;
          const fits = (kept ?? 0) + others + bytes <= quotas.user.bytes;
          const write = () => holdings.write(file, { by: ann, group: 'north' }, bytes);
          if (!fits) expect(write).toThrow(expect.objectContaining({ code: 'storage-quota' }));
          else {
            write();
            files.set(file, bytes);
          }
        } else if (what === 'unwrite') {
          holdings.unwrite(file);
          files.delete(file);
        } else {
          const isGivenUp = what === 'keep and give up';
          await transact(test.store, test.clock, async (tx) => {
            await holdings.keepWritten(tx, keys.data('out'), file, written);
            if (isGivenUp) throw refuse('busy', 'given up');
          }).catch((error: unknown) => {
            if (!isGivenUp) throw error;
          });
          if (isGivenUp) continue;
          files.delete(file);
          kept = (kept ?? 0) + written;
        }
      }
      const sum = [...files.values()].reduce((all, one) => all + one, kept ?? 0);
      expect([used({ user: ann }), used({ group: 'north' })]).toEqual([
        [sum, 1],
        [sum, 1],
      ]);
      // The next run begins with nothing.
      await transact(test.store, test.clock, (tx) => holdings.grow(tx, keys.data('out'), -(kept ?? 0)));
    }),
    { numRuns: 60 },
  );
});

it('whatever is made, grown and deleted at the same time, memory has what the rows say, and no quota is exceeded', async () => {
  const step = fc.record({
    id: fc.integer({ min: 0, max: 12 }).map(String),
    by: fc.constantFrom(ann, ben, carl),
    bytes: fc.integer({ min: 0, max: 400 }),
    what: fc.constantFrom('make', 'grow', 'shrink', 'release', 'give up'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      await Promise.allSettled(
        steps.map(({ id, by, bytes, what }) =>
          transact(test.store, test.clock, async (tx) => {
            const key = keys.data(id);
            if (what === 'make' || what === 'give up') await holdings.charge(tx, { key, by, bytes });
            if (what === 'grow') await holdings.grow(tx, key, bytes);
            if (what === 'shrink')
              await holdings.grow(tx, key, -Math.min(bytes, (await sizeOf(tx, id)) ?? 0));
            if (what === 'release') await holdings.release(tx, key);
            if (what === 'give up') throw refuse('busy', 'given up');
          }),
        ),
      );
      expect(await asStored()).toEqual(inMemory());
      await Sums.keep(test.store);
      expect(await asStored()).toEqual(inMemory());
      for (const of of [{ user: ann }, { user: ben }, { user: carl }, { group: 'north' }]) {
        const { bytes, items, quota } = holdings.use(of);
        expect(bytes).toBeLessThanOrEqual(quota.bytes);
        expect(items).toBeLessThanOrEqual(quota.items);
      }
    }),
    { numRuns: 40 },
  );
});

const sizeOf = async (tx: { read<T>(key: readonly string[]): Promise<T | undefined> }, id: string) =>
  (await tx.read<{ bytes: number }>(keys.held(keys.data(id))))?.bytes;
