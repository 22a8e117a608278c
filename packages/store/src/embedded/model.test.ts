/**
 * Random commits, failures, starts and rotations of keys against a model, and after each of them single edits on the disk: every edit is
 * noticed, at the start and when what it touched is read or written; without one nothing is ever reported.
 */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rootKeyHandle } from '../key-ring.ts';
import { type Key, type LogAppend, type LogTrim, type QueueOperation, StoreError } from '../store.ts';
import { bytes, text } from '../testing/cases.ts';
import { Database } from './database.ts';
import { GroupCommit } from './group.ts';
import type { ResealPlace } from './reseal.ts';
import { SealedTables } from './sealed-tables.ts';
import { toStoreError } from './sqlite-errors.ts';
import { Tables } from './tables.ts';

const KINDS = ['user', 'task', 'blob'];
const IDS = Array.from({ length: 30 }, (_, index) => String(index));
const TABLES = ['entry', 'gone', 'item', 'log'] as const;
/** Columns that say which row it is, and all others. */
const COLUMNS = {
  entry: [['key'], ['head', 'body']],
  gone: [['key'], ['head']],
  item: [['seq'], ['token', 'until', 'head', 'body']],
  log: [
    ['log', 'position'],
    ['head', 'body'],
  ],
} as const;

const kind = fc.constantFrom(...KINDS);
const id = fc.constantFrom(...IDS);
const key = fc.tuple(kind, id);
const operation = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('put' as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), key }) },
  fc.record({ do: fc.constant('enqueue' as const), id }),
  fc.record({ do: fc.constant('lease' as const), id }),
  fc.record({ do: fc.constant('remove' as const), id }),
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('append' as const), log: fc.constantFrom('events', 'usage') }),
  },
  fc.record({
    do: fc.constant('append many' as const),
    log: fc.constantFrom('events', 'usage'),
    count: fc.integer({ min: 60, max: 130 }),
  }),
  fc.record({
    do: fc.constant('trim' as const),
    log: fc.constantFrom('events', 'usage'),
    before: fc.nat({ max: 500 }),
  }),
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;
const step = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('commit' as const),
      operations: fc.array(operation, { maxLength: 12 }),
      fails: fc.boolean(),
    }),
  },
  fc.record({
    do: fc.constantFrom('start' as const, 'rotate' as const, 'reseal' as const, 'remember' as const),
  }),
);
const edit = fc.record({
  do: fc.constantFrom('delete' as const, 'put back' as const, 'copy' as const, 'swap' as const),
  table: fc.constantFrom(...TABLES),
  row: fc.nat(),
  other: fc.nat(),
});
type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

interface Draft {
  readonly put: { readonly key: Key; readonly value: Uint8Array }[];
  readonly delete: Key[];
  readonly queue: QueueOperation[];
  readonly append: LogAppend[];
  readonly trim: LogTrim[];
}

/** What the store ought to hold. */
class Model {
  readonly entries = new Map<string, { version: number; value: string }>();
  readonly last = new Map<string, number>();
  readonly items = new Map<string, number>();
  readonly logs = new Map<string, string[]>();
  /** How far logs were asked to be trimmed. */
  readonly trimmed = new Map<string, number>();
  #made = 0;

  /** The batch for some operations, where they are possible; with `apply` they are done here, too. */
  batch(operations: readonly Operation[], apply: boolean): Draft {
    const batch: Draft = { put: [], delete: [], queue: [], append: [], trim: [] };
    const touched = new Set<string>();
    for (const one of operations) {
      const value = `value ${this.#made++}`;
      if (one.do === 'append') {
        this.#append(one.log, [value], batch, apply);
        continue;
      }
      if (one.do === 'append many') {
        this.#append(
          one.log,
          Array.from({ length: one.count }, (_, i) => `${value} ${i}`),
          batch,
          apply,
        );
        continue;
      }
      if (one.do === 'trim') {
        const { log, before } = one;
        batch.trim.push({ log, before });
        if (apply) this.trimmed.set(log, Math.max(before, this.trimmed.get(log) ?? 0));
        continue;
      }
      const name = 'key' in one ? one.key.join('/') : one.id;
      if (touched.has(name)) continue;
      touched.add(name);
      if ('key' in one) this.#entry(one, { batch, name, value, apply });
      else this.#item(one, batch, apply);
    }
    return batch;
  }

  #append(log: string, values: readonly string[], batch: Draft, apply: boolean): void {
    batch.append.push(...values.map((value) => ({ log, value: bytes(value) })));
    if (apply) this.logs.set(log, [...(this.logs.get(log) ?? []), ...values]);
  }

  #entry(
    one: Extract<Operation, { key: unknown }>,
    { batch, name, value, apply }: { batch: Draft; name: string; value: string; apply: boolean },
  ): void {
    if (one.do === 'delete') {
      batch.delete.push(one.key);
      if (apply) this.entries.delete(name);
      return;
    }
    batch.put.push({ key: one.key, value: bytes(value) });
    const version = (this.last.get(name) ?? 0) + 1;
    if (!apply) return;
    this.last.set(name, version);
    this.entries.set(name, { version, value });
  }

  #item(one: Extract<Operation, { id: string }>, batch: Draft, apply: boolean): void {
    const token = this.items.get(one.id);
    const item = { queue: 'work', id: one.id };
    if (one.do === 'remove') batch.queue.push({ op: 'remove', ...item });
    else if (one.do === 'enqueue' && token === undefined) batch.queue.push({ op: 'enqueue', ...item });
    else if (one.do === 'lease' && token !== undefined)
      batch.queue.push({ op: 'lease', ...item, token, until: 99 });
    else return;
    if (!apply) return;
    if (one.do === 'remove') this.items.delete(one.id);
    else this.items.set(one.id, one.do === 'enqueue' ? 0 : (token ?? 0) + 1);
  }
}

class Run {
  readonly #held: number;
  readonly #root = rootKeyHandle(randomBytes(32));
  readonly #db = new Database(':memory:');
  readonly #tables = new Tables(this.#db);
  readonly #model = new Model();
  #sealed: SealedTables;
  #group: GroupCommit;
  noticed = 0;

  /** `held`: how many buckets of rows stay in memory. */
  constructor(held: number) {
    this.#held = held;
    this.#sealed = this.#start();
    this.#group = new GroupCommit(this.#sealed);
    for (const table of TABLES) this.#db.run(`CREATE TEMP TABLE old_${table} AS SELECT * FROM ${table}`);
  }

  #start(): SealedTables {
    return new SealedTables(this.#tables, this.#root, this.#held);
  }

  does(one: typeof step extends fc.Arbitrary<infer T> ? T : never): void {
    if (one.do === 'commit') this.#commit(one.operations, one.fails);
    else if (one.do === 'start') {
      this.#sealed = this.#start();
      this.#group = new GroupCommit(this.#sealed);
    } else if (one.do === 'rotate') this.#sealed.rotate(this.#root, this.#group.write);
    else if (one.do === 'reseal') {
      let place: ResealPlace | undefined;
      do place = this.#sealed.reseal(place, this.#group.write);
      while (place);
    } else
      for (const table of TABLES) {
        this.#db.run(`DELETE FROM old_${table}`);
        this.#db.run(`INSERT INTO old_${table} SELECT * FROM ${table}`);
      }
  }

  #commit(operations: readonly Operation[], fails: boolean): void {
    const batch = this.#model.batch(operations, !fails);
    const failing = {
      queue: [...batch.queue, { op: 'lease', queue: 'work', id: 'nobody', token: 0, until: 9 }] as const,
    };
    const [outcome] = this.#group.commit([fails ? { ...batch, ...failing } : batch]);
    expect(outcome instanceof StoreError ? outcome.code : 'done').toBe(fails ? 'conflict' : 'done');
  }

  /** Everything that can be read is read, and is as in the model. */
  readsAll(): void {
    const { entries, items, logs, trimmed } = this.#model;
    for (const name of KINDS.flatMap((one) => IDS.map((each) => `${one}/${each}`))) {
      const entry = this.#sealed.get(name.split('/'));
      expect(entry && { version: entry.version, value: text(entry.value) }).toEqual(entries.get(name));
    }
    const found = this.#sealed.scan([], 1000).entries.map((entry) => entry.key.join('/'));
    expect(found.sort()).toEqual([...entries.keys()].sort());
    expect(this.#sealed.queue('work', 1000).map((item) => [item.id, item.token])).toEqual([...items]);
    for (const log of ['events', 'usage']) {
      const all = logs.get(log) ?? [];
      const kept = this.#sealed.log(log, 0, 100_000);
      const first = kept[0]?.index ?? 0;
      expect(kept.map(({ index, value }) => `${index} ${text(value)}`)).toEqual(
        all.slice(first).map((value, index) => `${first + index} ${value}`),
      );
      expect(first).toBeLessThanOrEqual(Math.min(trimmed.get(log) ?? 0, Math.max(all.length - 1, 0)));
      expect(this.#sealed.logLength(log)).toBe(all.length);
    }
  }

  /** Every key is put: that reads what is known of deleted keys, too. */
  #writesAll(): void {
    for (const one of KINDS)
      this.#sealed.apply({ put: IDS.map((each) => ({ key: [one, each], value: bytes('x') })) });
  }

  readonly #count = (table: string): number => this.#db.number(`SELECT count(*) FROM ${table}`) ?? 0;

  #dump(table: string): string {
    const rows = [
      ...this.#db.each((row) => row.map((column) => String(column)).join(), `SELECT * FROM ${table}`),
    ];
    return rows.sort().join('\n');
  }

  /** Edits, looks, and takes the edit back. */
  isEdited(one: Edit): void {
    const { table } = one;
    this.#sealed.begin();
    try {
      const [before, rows] = [this.#dump(table), this.#count(table)];
      this.#edit(one);
      if (this.#dump(table) === before) return;
      // A row of a log that was trimmed: no read gets to it.
      const isForgotten = one.do === 'put back' && table === 'log' && this.#count(table) > rows;
      this.noticed++;
      expect(() => this.#start(), `${one.do} in ${table}, at the start`).toThrow(
        expect.objectContaining({ code: 'state-tampered' }),
      );
      const everything = () => {
        this.readsAll();
        this.#writesAll();
      };
      if (this.#held === 0 && !isForgotten)
        expect(everything, `${one.do} in ${table}, when it is read`).toThrow(
          expect.objectContaining({ code: 'state-tampered' }),
        );
      else this.#isRightOrRefused(everything);
    } finally {
      this.#sealed.rollback();
    }
  }

  /** Where rows stay in memory, what is read is as in the model, whatever is on the disk, or is refused. */
  #isRightOrRefused(read: () => void): void {
    try {
      read();
    } catch (error) {
      // As a group says it.
      expect(toStoreError(error).code).toMatch(/^(state-)?tampered$/);
    }
  }

  #edit({ do: what, table, row, other }: Edit): void {
    const [names, rest] = COLUMNS[table];
    const [name, all] = [names.join(), [...names, ...rest].join()];
    const count = this.#count(table);
    if (count === 0) return;
    const nth = (n: number) => `(SELECT ${name} FROM ${table} ORDER BY ${name} LIMIT 1 OFFSET ${n % count})`;
    if (what === 'delete') this.#db.run(`DELETE FROM ${table} WHERE (${name}) = ${nth(row)}`);
    else if (what === 'put back')
      this.#db.run(
        `INSERT OR REPLACE INTO ${table} SELECT * FROM old_${table} LIMIT 1 OFFSET ${row % (this.#count(`old_${table}`) || 1)}`,
      );
    else if (what === 'swap') {
      const values = rest.map(
        (column) => `${column} = (SELECT ${column} FROM ${table} WHERE (${name}) = ${nth(other)})`,
      );
      this.#db.run(`UPDATE ${table} SET ${values.join()} WHERE (${name}) = ${nth(row)}`);
    } else if (table === 'item')
      this.#db.run(
        `INSERT INTO item SELECT (SELECT max(seq) + 1 FROM item), queue, cast(substr(id, 1, 15) || x'${(other % 256).toString(16).padStart(2, '0')}' AS BLOB), ${rest.join()} FROM item WHERE (${name}) = ${nth(row)} ON CONFLICT DO NOTHING`,
      );
    else if (table === 'log')
      this.#db.run(
        `INSERT INTO log SELECT log, (SELECT max(position) + 1 FROM log AS l WHERE l.log = log.log), ${rest.join()} FROM log WHERE (${name}) = ${nth(row)}`,
      );
    else
      this.#db.run(
        `INSERT INTO ${table} (${all}) SELECT cast(substr(key, 1, 31) || x'${(other % 256).toString(16).padStart(2, '0')}' AS BLOB), ${rest.join()} FROM ${table} WHERE (${name}) = ${nth(row)} ON CONFLICT DO NOTHING`,
      );
  }
}

const commit = (...operations: readonly Operation[]) => ({
  do: 'commit' as const,
  operations: [...operations],
  fails: false,
});
const sixty = { do: 'append many' as const, log: 'usage' as const, count: 60 };
const forgotten: [Parameters<Run['does']>[0][], Edit[]] = [
  [commit(sixty), { do: 'remember' }, commit(sixty), commit({ do: 'trim', log: 'usage', before: 64 })],
  [{ do: 'put back', table: 'log', row: 0, other: 0 }],
];

const RUNS = Number(process.env['GAIWAN_STORE_RUNS'] ?? 40);

it.each([
  ['and each read that it touches refused', 0],
  ['and nothing else than what was written is ever read, where rows stay in memory', 1000],
])('every single-row edit is noticed, %s', (_, held) => {
  let [edits, noticed] = [0, 0];
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 5, maxLength: 30 }),
      fc.array(edit, { minLength: 1, maxLength: 8 }),
      (steps, changes) => {
        const run = new Run(held);
        for (const one of steps) run.does(one);
        run.readsAll();
        for (const one of changes) run.isEdited(one);
        run.readsAll();
        run.does({ do: 'start' });
        run.readsAll();
        edits += changes.length;
        noticed += run.noticed;
      },
    ),
    {
      numRuns: RUNS,
      // Found by chance: a row that was trimmed is put back.
      examples: held === 0 ? [forgotten] : [],
    },
  );
  process.stdout.write(
    `${RUNS} runs: ${noticed} edits changed a row, and were noticed; ${edits - noticed} changed none\n`,
  );
  expect(noticed).toBeGreaterThan(RUNS);
});
