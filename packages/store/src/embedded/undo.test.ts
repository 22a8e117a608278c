/** Groups of batches of which some are refused and some fail in the middle, on the disk: what is in memory is what is on the disk. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rootKeyHandle } from '../key-ring.ts';
import type { Batch } from '../store.ts';
import { bytes, text } from '../testing/cases.ts';
import { Database } from './database.ts';
import { GroupCommit } from './group.ts';
import { SealedTables } from './sealed-tables.ts';
import { Tables } from './tables.ts';

const root = rootKeyHandle(randomBytes(32));

/** Writes fail after so many. */
class FailingTables extends Tables {
  left = Number.POSITIVE_INFINITY;

  #count(): void {
    if (this.left-- === 0) throw new Error('disk I/O error');
  }

  override insertEntry(...row: Parameters<Tables['insertEntry']>): void {
    this.#count();
    super.insertEntry(...row);
  }

  override updateEntry(...row: Parameters<Tables['updateEntry']>): void {
    this.#count();
    super.updateEntry(...row);
  }

  override deleteEntry(...row: Parameters<Tables['deleteEntry']>): void {
    this.#count();
    super.deleteEntry(...row);
  }

  override trimLog(...row: Parameters<Tables['trimLog']>): void {
    super.trimLog(...row);
    this.#count();
  }
}

/** A put (`true`) or a delete of an entry of one of three kinds, each once in a batch. */
const operations = fc.uniqueArray(fc.tuple(fc.nat(2), fc.nat(30), fc.boolean()), {
  selector: ([kind, id]) => `${kind} ${id}`,
  minLength: 1,
  maxLength: 12,
});
/** `conflicts`: at its two operations on a queue, the second of which is refused, so that a savepoint is rolled back. */
const batch = fc.record({
  operations,
  conflicts: fc.boolean(),
  appends: fc.constantFrom(0, 1, 70),
  trimsTo: fc.nat(400),
});
const groups = fc.array(
  fc.record({ batches: fc.array(batch, { minLength: 1, maxLength: 4 }), fails: fc.option(fc.nat(20)) }),
  { minLength: 1, maxLength: 12 },
);
const held = fc.constantFrom(0, 2, 1000);

it('whatever fails', () => {
  const property = fc.property(groups, held, (all, most) => {
    const db = new Database(':memory:');
    const tables = new FailingTables(db);
    const sealed = new SealedTables(tables, root, most);
    const group = new GroupCommit(sealed);
    const expected = new Map<string, string | undefined>();
    let [number, appended] = [0, 0];
    for (const { batches, fails } of all) {
      const made = batches.map(({ operations: some, conflicts, appends, trimsTo }): Batch => {
        const keyed = some.map(([kind, id, isPut]) => ({ key: [`kind ${kind}`, `${id}`], isPut }));
        const lease = { op: 'lease', queue: 'q', id: 'nobody', token: 0, until: 9 } as const;
        return {
          put: keyed.filter(({ isPut }) => isPut).map(({ key }) => ({ key, value: bytes(`${number++}`) })),
          delete: keyed.filter(({ isPut }) => !isPut).map(({ key }) => key),
          append: Array.from({ length: appends }, () => ({ log: 'l', value: bytes('x') })),
          trim: [{ log: 'l', before: trimsTo }],
          queue: conflicts ? [{ op: 'enqueue', queue: 'q', id: `${number++}` }, lease] : [],
        };
      });
      tables.left = fails ?? Number.POSITIVE_INFINITY;
      for (const [index, outcome] of group.commit(made).entries()) {
        if (outcome instanceof Error) continue;
        appended += made[index]?.append?.length ?? 0;
        for (const key of made[index]?.delete ?? []) expected.delete(key.join());
        for (const { key, value } of made[index]?.put ?? []) expected.set(key.join(), text(value));
      }
      const found = sealed.scan([], 1000).entries.map(({ key, value }) => [key.join(), text(value)] as const);
      expect(new Map(found)).toEqual(expected);
      expect(sealed.logLength('l')).toBe(appended);
      const kept = sealed.log('l', 0, 100_000);
      expect(appended === 0 || kept.at(-1)?.index === appended - 1).toBe(true);
      expect(new SealedTables(new Tables(db), root, most).head()).toEqual(sealed.head());
    }
    db.close();
  });
  fc.assert(property, { numRuns: 40 });
});
