/**
 * The database's write-ahead log (WAL) cut, or changed, at any place: SQLite then takes what is whole before it, without a word. What is
 * read is what some commit left, whole, or the store refuses; and with an anchor, what was acknowledged is there, or the start is refused.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rootKeyHandle } from '../key-ring.ts';
import { type Batch, StoreError } from '../store.ts';
import { bytes, text } from '../testing/cases.ts';
import { requireNewest } from './anchoring.ts';
import { Database } from './database.ts';
import { GroupCommit } from './group.ts';
import type { StoreHead, Tickets } from './head.ts';
import { SealedTables } from './sealed-tables.ts';
import { toStoreError } from './sqlite-errors.ts';
import { Tables } from './tables.ts';

const RUNS = Number(process.env['GAIWAN_STORE_RUNS'] ?? 40);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gaiwan-wal-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const id = fc.nat(9).map(String);
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ put: fc.array(id, { maxLength: 6 }), delete: id, append: fc.nat(3), queue: id }),
  },
  // The log is taken into the database, and begun anew over its old content.
  { weight: 1, arbitrary: fc.constant('checkpoint' as const) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
const damage = fc.record({
  how: fc.constantFrom(
    'cut' as const,
    'flipped' as const,
    'zeroed' as const,
    'longer' as const,
    'older' as const,
  ),
  at: fc.nat(),
});
type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

interface Files {
  readonly database: Buffer;
  readonly log: Buffer;
}

/** Of one state: all that can be read. */
function contentOf(sealed: SealedTables): string {
  const entries = sealed
    .scan([], 1000)
    .entries.map(({ key, value, version }) => `${key.join('/')} ${version} ${text(value)}`);
  const queue = sealed.queue('work', 100).map((item) => `${item.id} ${item.token}`);
  const log = sealed.log('events', 0, 1000).map(({ value }) => text(value));
  return JSON.stringify([entries.sort(), queue, log, sealed.logLength('events')]);
}

class Run {
  readonly #root = rootKeyHandle(randomBytes(32));
  readonly #path: string;
  readonly #db: Database;
  readonly #sealed: SealedTables;
  readonly #group: GroupCommit;
  /** By the number of commits. */
  readonly #states = new Map<number, string>();
  /** As the anchor has it, which is asked before each acknowledgement. */
  #anchored: StoreHead | undefined;
  #made = 0;
  #older: Buffer | undefined;

  constructor(path: string) {
    this.#path = path;
    for (const suffix of ['', '-wal']) rmSync(path + suffix, { force: true });
    this.#db = new Database(path);
    this.#sealed = new SealedTables(new Tables(this.#db), this.#root, 0);
    this.#group = new GroupCommit(this.#sealed);
    this.#note();
  }

  #note(): void {
    this.#states.set(this.#sealed.head().commits, contentOf(this.#sealed));
  }

  does(one: Step): void {
    if (one === 'checkpoint') {
      this.#older = this.files().log;
      this.#db.row('PRAGMA wal_checkpoint(RESTART)');
      return;
    }
    const value = () => bytes(`value ${this.#made++} ${'x'.repeat(200)}`);
    const batch: Batch = {
      put: [...new Set(one.put)].map((each) => ({ key: ['kind', each], value: value() })),
      delete: one.put.includes(one.delete) ? [] : [['kind', one.delete]],
      queue: [
        { op: 'remove', queue: 'work', id: one.queue },
        { op: 'enqueue', queue: 'work', id: one.queue },
      ],
      append: Array.from({ length: one.append }, () => ({ log: 'events', value: value() })),
    };
    const [outcome] = this.#group.commit([batch]);
    expect(outcome).not.toBeInstanceOf(StoreError);
    this.#note();
    // Advanced, then acknowledged.
    this.#anchored = this.#group.askAnchor(this.#anchored);
  }

  files(): Files {
    const log = `${this.#path}-wal`;
    return {
      database: readFileSync(this.#path),
      log: existsSync(log) ? readFileSync(log) : Buffer.alloc(0),
    };
  }

  close(): void {
    this.#sealed.close();
    this.#db.close();
  }

  /** What becomes of a start over these files. */
  start(path: string, { database, log }: Files): string {
    writeFileSync(path, database);
    writeFileSync(`${path}-wal`, log);
    const newest = this.#sealed.head();
    const found = this.#read(path);
    if (found instanceof StoreError) return found.code;
    const { head, content } = found;
    expect(content, `as after commit ${head.commits} of ${newest.commits}`).toBe(
      this.#states.get(head.commits),
    );
    try {
      requireNewest(this.#anchored, found);
    } catch (error) {
      expect(head.commits).toBeLessThan(newest.commits);
      return (error as StoreError).code;
    }
    // Whoever was answered finds it.
    expect(head).toEqual(newest);
    return 'all of it';
  }

  #read(path: string): { head: StoreHead; tickets: Tickets; content: string } | StoreError {
    let db: Database | undefined;
    let sealed: SealedTables | undefined;
    try {
      db = new Database(path);
      sealed = new SealedTables(new Tables(db), this.#root, 0);
      return { head: sealed.head(), tickets: sealed.tickets, content: contentOf(sealed) };
    } catch (error) {
      const foreseen = error instanceof StoreError || (error instanceof Error && 'errcode' in error);
      if (!foreseen) throw error;
      return toStoreError(error);
    } finally {
      sealed?.close();
      db?.close();
      rmSync(`${path}-wal`, { force: true });
    }
  }

  damaged({ database, log }: Files, { how, at }: Damage): Files {
    const place = at % (log.length + 1);
    if (how === 'cut') return { database, log: log.subarray(0, place) };
    if (how === 'older') return { database, log: this.#older ?? log.subarray(0, place) };
    if (how === 'longer') return { database, log: Buffer.concat([log, randomBytes(1 + (at % 9000))]) };
    const other = Buffer.from(log);
    if (how === 'zeroed') other.fill(0, place);
    else if (place < other.length) other.writeUInt8(other.readUInt8(place) ^ (1 << (at % 8)), place);
    return { database, log: other };
  }
}

/** How often what became of which damage. */
const counts = new Map<string, number>();
const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);
const REFUSED = ['state-rolled-back', 'state-tampered', 'tampered'];

it('B8: what was acknowledged is there, or the start is refused, wherever the log is cut or changed', () => {
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 3, maxLength: 15 }),
      fc.array(damage, { minLength: 1, maxLength: 12 }),
      (steps, damages) => {
        const run = new Run(join(folder, 'run.sqlite'));
        try {
          for (const one of steps) run.does(one);
          const files = run.files();
          expect(run.start(join(folder, 'copy.sqlite'), files)).toBe('all of it');
          for (const one of damages) {
            const outcome = run.start(join(folder, 'copy.sqlite'), run.damaged(files, one));
            expect(['all of it', ...REFUSED], `${one.how} at ${one.at}`).toContain(outcome);
            count(`${one.how}: ${outcome}`);
          }
        } finally {
          run.close();
        }
      },
    ),
    { numRuns: RUNS },
  );
  const told = [...counts].map(([what, times]) => `${what} ${times}`);
  process.stdout.write(`${told.sort().join('\n')}\n`);
  // A longer log is the same one; of a shorter one most are older.
  expect(counts.get('longer: all of it')).toBeGreaterThan(0);
  expect(counts.get('cut: state-rolled-back')).toBeGreaterThan(RUNS / 4);
});
