/**
 * The root over all rows: the epoch, how many transactions there were, and for each kind of record its number of rows and the sum of
 * their digests. A kind is the first segment of a key; all queues are one kind, and so are all logs. Before them, what the anchor was
 * last known to have, and what it was asked to take: no part of the state itself.
 *
 *     confirmed (48) | asked (48) |
 *     epoch (8, big-endian) | commits (8) | for each kind: family (1) | name's length (2) | name (UTF-8) | rows (8) | sum (32)
 */
import { createHash } from 'node:crypto';
import { StoreError } from '../store.ts';
import { HEAD_BYTES, headBytes, headIn, NO_TICKETS, type StoreHead, type Tickets } from './head.ts';
import { Sum } from './sum.ts';

/** As many kinds of entries have sums of their own; those that come later share one. */
const OWN_KINDS = 64;

export type Family = 'entries' | 'other' | 'queue' | 'log';
const families = ['entries', 'other', 'queue', 'log'] as const satisfies readonly Family[];
const SUM_BYTES = 32;
const HEAD_LABEL = 'gaiwan store 2 head';

export interface Kind {
  readonly family: Family;
  /** The first segment of its keys; empty for other families. */
  readonly name: string;
  readonly sum: Sum;
}

const kind = (family: Family, name = ''): Kind => ({ family, name, sum: new Sum() });

/** As messages name it. */
export function shownKind({ family, name }: Kind): string {
  if (family === 'entries') return `kind '${name}'`;
  return family === 'other' ? 'other kinds' : `kind '${family}'`;
}

export class Root {
  /** Tells this store's states from another's; secret, and not written. */
  store: Uint8Array = new Uint8Array(0);
  tickets: Tickets = NO_TICKETS;
  epoch = 1;
  commits = 0;
  readonly other: Kind = kind('other');
  readonly queue: Kind = kind('queue');
  readonly log: Kind = kind('log');
  readonly #entries = new Map<string, Kind>();

  /** The kind of keys that begin with this segment; makes it where there is room. */
  entries(name: string): Kind {
    const known = this.#entries.get(name);
    if (known) return known;
    if (this.#entries.size === OWN_KINDS) return this.other;
    const made = kind('entries', name);
    this.#entries.set(name, made);
    return made;
  }

  get kinds(): readonly Kind[] {
    return [...this.#entries.values(), this.other, this.queue, this.log];
  }

  /** The same kinds, without rows. */
  emptied(): Root {
    const root = new Root();
    for (const name of this.#entries.keys()) root.entries(name);
    root.tickets = this.tickets;
    root.epoch = this.epoch;
    root.commits = this.commits;
    return root;
  }

  /** Kinds without records are no part of it: a batch that failed may have left one in memory alone. */
  head(): StoreHead {
    const state = this.#state(this.kinds.filter(({ sum }) => sum.count > 0));
    const digest = createHash('sha256').update(HEAD_LABEL).update(this.store).update(state).digest();
    return { epoch: this.epoch, commits: this.commits, digest };
  }

  bytes(): Buffer {
    const { confirmed, asked } = this.tickets;
    return Buffer.concat([headBytes(confirmed), headBytes(asked), this.#state(this.kinds)]);
  }

  #state(kinds: readonly Kind[]): Buffer {
    const numbers = Buffer.alloc(16);
    numbers.writeBigUInt64BE(BigInt(this.epoch));
    numbers.writeBigUInt64BE(BigInt(this.commits), 8);
    const parts: Buffer[] = [numbers];
    for (const { family, name, sum } of kinds) {
      const text = Buffer.from(name);
      const begin = Buffer.of(families.indexOf(family), text.length >> 8, text.length & 255);
      const count = Buffer.alloc(8);
      count.writeBigUInt64BE(BigInt(sum.count));
      parts.push(begin, text, count, sum.bytes());
    }
    return Buffer.concat(parts);
  }

  /** Of bytes that were authenticated before, so that they are well-formed. */
  static of(bytes: Buffer): Root {
    const root = new Root();
    root.tickets = { confirmed: headIn(bytes), asked: headIn(bytes.subarray(HEAD_BYTES)) };
    const state = 2 * HEAD_BYTES;
    root.epoch = Number(bytes.readBigUInt64BE(state));
    root.commits = Number(bytes.readBigUInt64BE(state + 8));
    for (let at = state + 16; at < bytes.length; ) {
      const family = families[bytes[at] ?? 0];
      const end = at + 3 + bytes.readUInt16BE(at + 1);
      const name = bytes.toString('utf8', at + 3, end);
      const is = family === 'entries' || family === undefined ? root.entries(name) : root[family];
      const count = Number(bytes.readBigUInt64BE(end));
      at = end + 8 + SUM_BYTES;
      is.sum.read(count, bytes.subarray(at - SUM_BYTES, at));
    }
    return root;
  }
}

const rows = (count: number) => (count === 1 ? '1 record' : `${count} records`);

function difference(written: Kind, found: Sum): string | undefined {
  const { sum } = written;
  if (sum.count !== found.count)
    return `of the ${shownKind(written)} it has ${rows(found.count)}, and ${sum.count} were written`;
  if (sum.hasSameElements(found)) return undefined;
  return `of the ${shownKind(written)} it has records that were changed, moved or rolled back`;
}

/** Throws `state-tampered`, naming each kind whose rows are not those that were written last. */
export function requireSame(written: Root, found: Root): void {
  const differences = written.kinds.flatMap((one, index) => {
    const is = found.kinds[index];
    const text = is ? difference(one, is.sum) : undefined;
    return text === undefined ? [] : [text];
  });
  if (differences.length === 0) return;
  throw new StoreError(
    'state-tampered',
    `the store is not as it was last written: ${differences.join('; ')}. Somebody changed the database outside of this store: restore the data folder from a backup`,
  );
}

/** What a read or a commit throws that comes upon such rows. */
export const tamperedRows = (what: string): StoreError =>
  new StoreError(
    'state-tampered',
    `records of the ${what} were deleted, added, moved or rolled back outside of this store: nothing that stands beside them is read or written; restore the data folder from a backup`,
  );
