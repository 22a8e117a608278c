/** Sealing anew what older generations of the keys sealed, a few rows at a time. */
import { HEAD_BYTES, type Place } from '../sealed.ts';
import { entryPlace, itemPlace, logPlace } from './places.ts';
import type { Queues } from './queue-items.ts';
import { headOf, sealedHead, versionIn } from './rows.ts';

const tableNames = ['entry', 'item', 'log'] as const;
type TableName = (typeof tableNames)[number];

/** The row after which to continue. */
export interface ResealPlace {
  readonly table: TableName;
  /** The key of an entry, the name of a log. */
  readonly name: Uint8Array;
  /** An item's number in the order, a position in a log. */
  readonly number: number;
  /** The generation that was the newest when it was begun: when keys are rotated meanwhile, it begins anew. */
  readonly generation: number;
}

const begin = (table: TableName, generation: number): ResealPlace => ({
  table,
  name: new Uint8Array(0),
  number: -1,
  generation,
});

export const resealStart = (generation: number): ResealPlace => begin('entry', generation);

/** What is read and sealed anew at once: a few milliseconds, in which others wait. A larger value is a step of its own. */
const STEP_ROWS = 200;
const STEP_BYTES = 4 * 1024 * 1024;

interface SealedRow extends Pick<ResealPlace, 'name' | 'number'> {
  readonly place: Place;
  readonly head: Uint8Array;
  readonly body: Uint8Array;
  /** Throws `state-tampered` where the row is not the one that was written last. */
  readonly check: () => void;
  /** Puts what it is sealed as now in its place. */
  readonly replace: (head: Uint8Array, body: Uint8Array) => void;
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

function* entries({ tables, state }: Queues, after: ResealPlace): Generator<SealedRow> {
  for (const [name, bytes, body] of tables.entryRowsAfter(after.name)) {
    const [key, whole] = [asBuffer(name), asBuffer(bytes)];
    const version = whole.length > HEAD_BYTES ? versionIn(whole) : 0;
    yield {
      name,
      number: 0,
      place: entryPlace(key, version),
      head: sealedHead(whole),
      body,
      check: () => state.requireHead(key, whole),
      replace: (head, sealed) => {
        const next = headOf(version, head);
        state.set('entry', { key, head: next });
        tables.updateEntry(key, next, sealed);
      },
    };
  }
}

function* items({ tables, state }: Queues, after: ResealPlace): Generator<SealedRow> {
  for (const [name, [seq, id, token, until, head, body]] of tables.itemRowsAfter(after.number)) {
    const [queue, itemId] = [asBuffer(name), asBuffer(id)];
    yield {
      name: queue,
      number: seq,
      place: itemPlace(queue, [seq, id, token, until]),
      head,
      body,
      check: () => void state.items.item(queue, itemId),
      replace: (newHead, newBody) => {
        tables.updateItem([seq, id, token, until, newHead, newBody]);
        state.items.set(queue, id, [seq, id, token, until, newHead, newBody]);
      },
    };
  }
}

function* logEntries({ tables, state }: Queues, after: ResealPlace): Generator<SealedRow> {
  for (const [name, [position, head, body]] of tables.logRowsAfter(after.name, after.number)) {
    const log = asBuffer(name);
    yield {
      name: log,
      number: position,
      place: logPlace(log, position),
      head,
      body,
      check: () => state.logs.requireHead(log, position, head),
      replace: (to, sealed) => {
        // First, since it may read what is on the disk.
        state.logs.replaced(log, position, { from: head, to });
        tables.setLogRow(log, position, to, sealed);
      },
    };
  }
}

const rowsOf = { entry: entries, item: items, log: logEntries } as const;

/** The next rows, and whether there may be more. */
function readStep(queues: Queues, from: ResealPlace): { rows: SealedRow[]; more: boolean } {
  const rows: SealedRow[] = [];
  let bytes = 0;
  for (const one of rowsOf[from.table](queues, from)) {
    rows.push(one);
    bytes += one.body.length;
    if (rows.length === STEP_ROWS || bytes >= STEP_BYTES) return { rows, more: true };
  }
  return { rows, more: false };
}

/** Within a transaction of the caller's. Returns where to continue, or nothing after the last row. Throws `tampered` and `state-tampered`. */
export function resealRows(queues: Queues, from: ResealPlace): ResealPlace | undefined {
  const { sealer } = queues;
  const { table, generation } = from;
  const { rows, more } = readStep(queues, from);
  for (const { place, head, body, check, replace } of rows) {
    if (sealer.isNewest(head)) continue;
    check();
    const plain = sealer.openParts(place, head, body);
    const sealed = sealer.seal(place, plain);
    plain.fill(0);
    replace(sealed.subarray(0, HEAD_BYTES), sealed.subarray(HEAD_BYTES));
  }
  const last = rows.at(-1);
  if (last !== undefined && more) return { table, name: last.name, number: last.number, generation };
  const next = tableNames[tableNames.indexOf(table) + 1];
  return next && begin(next, generation);
}
