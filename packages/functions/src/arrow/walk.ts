/** All metadata of a file or a stream: judged before any of its values is read. */
import { isDeepStrictEqual } from 'node:util';
import { broken, within, withinAsync } from '../columns/place.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import { type BatchPlan, planBatch } from './batch.ts';
import type { Message } from './messages.ts';
import { type ArrowColumn, columnsOf, type Layout } from './schema.ts';

export interface Dictionary {
  readonly id: bigint;
  /** Whether its values come after those that there are. */
  readonly isDelta: boolean;
  readonly plan: BatchPlan;
}

/** What the values of each dictionary are. */
function dictionaryLayouts(columns: readonly ArrowColumn[]): ReadonlyMap<bigint, Layout> {
  const layouts = new Map<bigint, Layout>();
  for (const { layout, dictionary } of columns) {
    if (!dictionary) continue;
    const other = layouts.get(dictionary.id);
    if (other && !isDeepStrictEqual(other, layout))
      broken('two columns of different types share a dictionary');
    layouts.set(dictionary.id, layout);
  }
  return layouts;
}

/** Judges the batches of one schema. */
export class Judge {
  readonly #layouts: readonly Layout[];
  readonly #dictionaries: ReadonlyMap<bigint, Layout>;

  /** @throws FunctionError without the place, as its methods do */
  constructor(columns: readonly ArrowColumn[]) {
    this.#layouts = columns.map(({ layout, dictionary }) => dictionary?.index ?? layout);
    this.#dictionaries = dictionaryLayouts(columns);
  }

  records({ header, body, end }: Message): BatchPlan {
    return planBatch(header, this.#layouts, end - body);
  }

  dictionary({ header, body, end }: Message): Dictionary {
    const id = header.long(0);
    const layout = this.#dictionaries.get(id) ?? broken('it is one that no column has');
    const values = header.table(1) ?? broken('it has no values');
    const plan = planBatch(values, [layout], end - body, limits.arrowDictionary.value);
    return { id, isDelta: header.flag(2), plan };
  }
}

/** What batches have to do with each other. */
class Walk {
  readonly #judge: Judge;
  readonly #isFile: boolean;
  readonly #known = new Set<bigint>();
  #rows = 0;

  constructor(columns: readonly ArrowColumn[], isFile: boolean) {
    this.#judge = new Judge(columns);
    this.#isFile = isFile;
  }

  take(message: Message): void {
    if (message.kind === 'schema') broken('it is a second schema');
    if (message.kind === 'dictionary') {
      this.#dictionary(this.#judge.dictionary(message));
      return;
    }
    this.#rows += this.#judge.records(message).rows;
    const most = limits.columnRows.value;
    if (this.#rows > most) throw new FunctionError('too-large', `the file has more than ${most} rows`);
  }

  #dictionary({ id, isDelta }: Dictionary): void {
    const isKnown = this.#known.has(id);
    if (isDelta && !isKnown) broken('it adds to a dictionary that is not there');
    // In a file all batches refer to the same one.
    if (!isDelta && isKnown && this.#isFile) broken('the file has another one for the same column');
    this.#known.add(id);
  }
}

/** Numbers the messages for refusals. */
class Places {
  readonly #name: string;
  readonly #count = { schema: 0, dictionary: 0, records: 0 };
  #place: string;

  constructor(name: string) {
    this.#name = name;
    this.#place = name;
  }

  readonly here = (): string => this.#place;

  at({ kind }: Message): void {
    const what = { schema: 'schema', dictionary: 'dictionary', records: 'record batch' }[kind];
    this.#place = `${this.#name}, ${what} ${++this.#count[kind]}`;
  }

  between(): void {
    this.#place = `${this.#name}, after record batch ${this.#count.records}`;
  }
}

/** The messages with the place where they are: in their refusals too. */
export async function* placed(
  messages: AsyncGenerator<Message, void, void>,
  name: string,
): AsyncGenerator<{ readonly message: Message; readonly here: () => string }, void, void> {
  const places = new Places(name);
  try {
    for (;;) {
      const next = await withinAsync(places.here, () => messages.next());
      if (next.done) return;
      places.at(next.value);
      yield { message: next.value, here: places.here };
      places.between();
    }
  } finally {
    await messages.return();
  }
}

/** Judges the batches of a file, all of them, in any order. `name`: the slot. @throws FunctionError for what is damaged, outside of the limits or unsupported */
export async function walkBlocks(
  messages: AsyncGenerator<Message, void, void>,
  columns: readonly ArrowColumn[],
  name: string,
): Promise<void> {
  const walk = within(
    () => name,
    () => new Walk(columns, true),
  );
  for await (const { message, here } of placed(messages, name)) within(here, () => walk.take(message));
}

/** The columns of a stream, whose batches it judges. @throws FunctionError as above */
export async function walkStream(
  messages: AsyncGenerator<Message, void, void>,
  name: string,
): Promise<readonly ArrowColumn[]> {
  let columns: readonly ArrowColumn[] = [];
  let walk: Walk | undefined;
  for await (const { message, here } of placed(messages, name)) {
    if (walk) {
      within(here, () => walk?.take(message));
      continue;
    }
    walk = within(
      () => name,
      () => {
        columns =
          message.kind === 'schema' ? columnsOf(message.header) : broken('it does not begin with a schema');
        return new Walk(columns, false);
      },
    );
  }
  return walk
    ? columns
    : within(
        () => name,
        () => broken('it has no schema'),
      );
}
