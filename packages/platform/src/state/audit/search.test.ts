import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AuditEntry, AuditPlace } from '../../ports.ts';
import { TestStore } from '../../testing/store.ts';
import { AUDIT_LOG, auditAppend } from './entries.ts';
import { searchLog } from './search.ts';

let test: TestStore;
beforeEach(async () => {
  test = await TestStore.open();
});
afterEach(() => test.close());

const entry = (microsecond: number, message = `call ${microsecond}`): AuditEntry => ({
  microsecond,
  address: '',
  user: '',
  message,
  result: true,
});
/** Rows of so many entries, which are numbered from 0. */
async function write(sizes: readonly number[], message?: string): Promise<number> {
  let at = 0;
  const append = sizes.map((size) => {
    const [log, value] = auditAppend(Array.from({ length: size }, () => entry(at++, message)));
    return { log, value };
  });
  if (append.length > 0) await test.store.commit({ append });
  return at;
}
const all = () => true;

it('finds nothing in an empty log', async () => {
  expect(await searchLog(test.store, { matches: all, limit: 10, most: 10 })).toEqual({
    entries: [],
    searched: 0,
  });
});

it('says how far it has come, and goes on there, however the entries lie in their rows', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(
      sizes,
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 1, max: 4 }),
      async (rows, limit, most, each) => {
        await test.close();
        test = await TestStore.open();
        const count = await write(rows);
        const matches = ({ microsecond }: AuditEntry) => microsecond % each === 0;
        const found: number[] = [];
        let searched = 0;
        let before: AuditPlace | undefined;
        for (;;) {
          const page = await searchLog(test.store, { matches, limit, most, ...(before && { before }) });
          found.push(...page.entries.map(({ microsecond }) => microsecond));
          searched += page.searched;
          expect(page.entries.length).toBeLessThanOrEqual(limit);
          expect(page.searched).toBeLessThanOrEqual(most);
          if (page.searched > 0) expect(page.oldest?.microsecond).toBe(count - searched);
          if (!page.next) break;
          expect(page.searched).toBeGreaterThan(0);
          before = page.next;
        }
        const newestFirst = Array.from({ length: count }, (_, at) => count - 1 - at);
        expect(found).toEqual(newestFirst.filter((at) => at % each === 0));
        expect(searched).toBe(count);
      },
    ),
    { numRuns: 12 },
  );
});

it('takes a place that no page has given for what it can be', async () => {
  await write([2, 2]);
  for (const before of [
    { row: 7, count: 1 },
    { row: 1, count: 99 },
  ])
    expect(await searchLog(test.store, { matches: all, limit: 9, most: 9, before })).toMatchObject({
      searched: 4,
    });
  expect(
    await searchLog(test.store, { matches: all, limit: 9, most: 9, before: { row: 0, count: 0 } }),
  ).toEqual({
    entries: [],
    searched: 0,
  });
});

it('leaves out no row where the store gives fewer than it was asked for', async () => {
  const count = await write(Array.from({ length: 30 }, () => 40));
  // The store ends a page after so many bytes; here after so many rows.
  const few = {
    get: test.store.get.bind(test.store),
    logLength: (log: string) => test.store.logLength(log),
    log: async (log: string, { from = 0, limit = 0 } = {}) =>
      test.store.log(log, { from, limit: Math.min(limit, 7) }),
  };
  const { entries } = await searchLog(few as unknown as TestStore['store'], {
    matches: all,
    limit: 1e6,
    most: 1e6,
  });
  expect(entries.map(({ microsecond }) => count - 1 - microsecond)).toEqual(entries.map((_, at) => at));
  expect(entries).toHaveLength(count);
});

it('ends at the oldest entry that is there, where older ones were forgotten', async () => {
  const count = await write(Array.from({ length: 200 }, () => 1));
  await test.store.commit({ trim: [{ log: AUDIT_LOG, before: 130 }] });
  const { entries } = await searchLog(test.store, { matches: all, limit: 1e6, most: 1e6 });
  expect(entries.map(({ microsecond }) => microsecond)).toEqual(
    Array.from({ length: 200 - 128 }, (_, at) => count - 1 - at),
  );
});
