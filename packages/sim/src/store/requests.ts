/** What clients ask of a store: batches that often conflict, reads, and what operators do. */
import type { Batch, EmbeddedStore, Key, QueueOperation } from '@gaiwan/store';
import type { Loop } from '../physics/loop.ts';
import type { Random } from '../physics/random.ts';
import { type Model, shownEntry, shownItem, shownLogEntry } from './model.ts';
import { makeValue } from './values.ts';

const kinds = ['task', 'user', 'data'] as const;
const ids = ['1', '2', '3', '4', '5', '6', '7', '8'] as const;
export const queues = ['work', 'mail'] as const;
export const logs = ['events', 'usage'] as const;
/** Of values: most are small, some have pages of their own. */
const lengths = [10, 40, 200, 200, 900, 5000, 20_000] as const;

/** A read, what it came to, and what it would come to of some state. */
export interface Read {
  readonly shown: string;
  ask(store: EmbeddedStore): Promise<readonly string[]>;
  of(model: Model): readonly string[];
}

export class Requests {
  readonly #random: Random;
  readonly #loop: Loop;
  #made = 0;

  constructor(random: Random, loop: Loop) {
    this.#random = random;
    this.#loop = loop;
  }

  /** As somebody makes it who knows this state, or one that is older. */
  batch(model: Model): Batch {
    const random = this.#random;
    const keys = this.#keys(random.between(0, 4));
    const gone = keys.splice(0, random.chance(0.3) ? 1 : 0);
    const expected = random.chance(0.5) ? keys : [];
    return {
      expect: expected.map((key) => ({ key, version: this.#almost(model.version(key)) })),
      put: keys.map((key) => ({ key, value: this.#value() })),
      delete: gone,
      queue: Array.from({ length: random.pick([0, 0, 1, 1, 2, 4]) }, () => this.#operation(model)),
      append: Array.from({ length: random.pick([0, 0, 1, 3]) }, () => ({
        log: random.pick(logs),
        value: this.#value(),
      })),
    };
  }

  read(): Read {
    const random = this.#random;
    switch (random.below(4)) {
      case 0: {
        const keys = this.#keys(3);
        return {
          shown: `get ${keys.map((key) => key.join('/')).join(' ')}`,
          ask: async (store) => (await store.getMany(keys)).map((entry) => (entry ? shownEntry(entry) : '-')),
          of: (model) => keys.map((key) => model.entry(key) ?? '-'),
        };
      }
      case 1: {
        const prefix = random.chance(0.5) ? [] : [random.pick(kinds)];
        return {
          shown: `scan ${prefix.join()}`,
          ask: async (store) => (await store.scan(prefix)).entries.map(shownEntry).sort(),
          of: (model) => model.entriesUnder(prefix),
        };
      }
      case 2: {
        const queue = random.pick(queues);
        return {
          shown: `queue ${queue}`,
          ask: async (store) => (await store.queue(queue)).map(shownItem),
          of: (model) => model.queue(queue),
        };
      }
      default: {
        const log = random.pick(logs);
        const from = random.pick([0, 0, 5]);
        return {
          shown: `log ${log} from ${from}`,
          ask: async (store) => (await store.log(log, { from })).map(shownLogEntry),
          of: (model) => model.log(log, from),
        };
      }
    }
  }

  /** That nobody else has a reason to be in the way of. */
  plainBatch(): Batch {
    return { put: [{ key: ['data', 'progress'], value: this.#value() }] };
  }

  #keys(count: number): Key[] {
    const names = new Set(
      Array.from({ length: count }, () => `${this.#random.pick(kinds)}/${this.#random.pick(ids)}`),
    );
    return [...names].map((name) => name.split('/'));
  }

  #value(): Uint8Array {
    return makeValue(`value ${++this.#made}`, this.#random.pick(lengths));
  }

  /** Sometimes somebody was faster. */
  #almost(version: number): number {
    return this.#random.chance(0.1) ? version + 1 : version;
  }

  #operation(model: Model): QueueOperation {
    const random = this.#random;
    const [queue, id] = [random.pick(queues), random.pick(ids)];
    const item = model.item(queue, id);
    if (!item) return { op: 'enqueue', queue, id, payload: this.#value() };
    const token = this.#almost(item.token);
    const until = this.#loop.wall + 10_000;
    if (item.until === 0) return { op: 'lease', queue, id, token, until };
    const op = random.pick(['lease', 'lease', 'release', 'remove'] as const);
    return op === 'lease' ? { op, queue, id, token, until } : { op, queue, id, token };
  }
}
