/**
 * What repeats is counted, so that nobody fills the disk with entries: in each period the first entries of a kind are written as they are,
 * and one at its end says how many more there were.
 */
import type { AuditEntry } from '../../ports.ts';

export interface RepeatsOptions {
  /** Entries of one kind in a period that are written as they are. */
  readonly first: number;
  /** The same, of all kinds together. */
  readonly all: number;
  /** Kinds that are told from each other; entries of further ones are counted together. */
  readonly kinds: number;
}

interface Kind {
  seen: number;
  /** Of those that were not written. */
  more: number;
  last: AuditEntry;
}

export class Repeats {
  readonly #options: RepeatsOptions;
  readonly #kinds = new Map<string, Kind>();
  #written = 0;
  #others: Kind | undefined;

  constructor(options: RepeatsOptions) {
    this.#options = options;
  }

  /** Is it to be written as it is? Else it was counted. */
  admits(name: string, entry: AuditEntry): boolean {
    const kind = this.#kindOf(name, entry);
    kind.seen++;
    kind.last = entry;
    const isFirst = kind !== this.#others && kind.seen <= this.#options.first;
    if (isFirst && this.#written < this.#options.all) {
      this.#written++;
      return true;
    }
    kind.more++;
    return false;
  }

  /** Ends the period: what is to be written about those that were counted. */
  end(): AuditEntry[] {
    const counted = [...this.#kinds.values()].filter(({ more }) => more > 0);
    const entries = counted.map(({ last, more }) => ({ ...last, message: `${last.message}: ${more} more` }));
    const { last, more } = this.#others ?? {};
    if (last)
      entries.push({
        microsecond: last.microsecond,
        address: '',
        user: '',
        message: `audit_entries_counted: ${more} of further kinds`,
        result: false,
      });
    this.#kinds.clear();
    this.#others = undefined;
    this.#written = 0;
    return entries;
  }

  #kindOf(name: string, entry: AuditEntry): Kind {
    const known = this.#kinds.get(name);
    if (known) return known;
    const kind = { seen: 0, more: 0, last: entry };
    if (this.#kinds.size < this.#options.kinds) {
      this.#kinds.set(name, kind);
      return kind;
    }
    this.#others ??= kind;
    return this.#others;
  }
}
