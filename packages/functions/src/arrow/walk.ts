/** The whole file, but for the bodies of its batches: judged before any of its values is read. */
import { isDeepStrictEqual } from 'node:util';
import { broken, withinAsync } from '../columns/place.ts';
import { RangeReader } from '../columns/ranges.ts';
import type { Input } from '../function.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import { type BatchPlan, planBatch } from './batch.ts';
import { countOf, type FlatTable } from './flatbuffer.ts';
import { type Message, MessageReader, versioned } from './messages.ts';
import { type ArrowColumn, columnsOf, type Layout } from './schema.ts';

const MARK = 'ARROW1';
/** After the metadata of the end: their length, and the mark. */
const END = 4 + MARK.length;
const BLOCK = 24;
const MOST_END = limits.arrowMetadata.value;

/** A message, as the end of a file lists it: where it begins, the bytes of its metadata and of its body. */
type Block = readonly [start: number, metadata: number, body: number];

export interface Dictionary {
  readonly id: bigint;
  /** Whether its values come after those that there are. */
  readonly isDelta: boolean;
  readonly plan: BatchPlan;
}

/** What the values of each dictionary are. @throws FunctionError without the place */
function dictionaryLayouts(columns: readonly ArrowColumn[]): ReadonlyMap<bigint, Layout> {
  const layouts = new Map<bigint, Layout>();
  for (const { layout, dictionary } of columns) {
    if (!dictionary) continue;
    const other = layouts.get(dictionary.id);
    if (other && !isDeepStrictEqual(other, layout)) broken('two columns of different types share a dictionary');
    layouts.set(dictionary.id, layout);
  }
  return layouts;
}

/** Judges the batches of one schema. */
export class Judge {
  readonly #layouts: readonly Layout[];
  readonly #dictionaries: ReadonlyMap<bigint, Layout>;

  constructor(columns: readonly ArrowColumn[]) {
    this.#layouts = columns.map(({ layout, dictionary }) => dictionary?.index ?? layout);
    this.#dictionaries = dictionaryLayouts(columns);
  }

  records({ header, body, end }: Message): BatchPlan {
    return planBatch(header, this.#layouts, end - body);
  }

  dictionary({ header, body, end }: Message): Dictionary {
    const id = header.long(0);
    const layout = this.#dictionaries.get(id) ?? broken('it has a dictionary that no column has');
    const values = header.table(1) ?? broken('a dictionary has no values');
    const plan = planBatch(values, [layout], end - body, limits.arrowDictionary.value);
    return { id, isDelta: header.flag(2), plan };
  }
}

/** Of all messages, in their order. */
function requireBlocks(table: FlatTable, field: number, blocks: readonly Block[]): void {
  const listed = Array.from(table.structs(field, BLOCK), (view): Block => [
    countOf(view.getBigInt64(0, true)),
    view.getInt32(8, true),
    countOf(view.getBigInt64(16, true)),
  ]);
  if (!isDeepStrictEqual(listed, blocks)) broken('its end lists other batches than it has, or in another order');
}

function checkEnd(
  bytes: Uint8Array,
  columns: readonly ArrowColumn[],
  blocks: { readonly dictionary: readonly Block[]; readonly records: readonly Block[] },
): void {
  if (bytes.length > MOST_END + END)
    throw new FunctionError('too-large', `the metadata of its end have more than ${MOST_END >> 20} MiB`);
  const from = bytes.length - END;
  if (from < 0 || Buffer.from(bytes.subarray(from + 4)).toString('latin1') !== MARK)
    broken('it begins with ARROW1 as an Arrow file, and does not end so: it is cut off, or is no such file');
  const length = new DataView(bytes.buffer, bytes.byteOffset).getInt32(from, true);
  if (length !== from) broken('its end has another length than it says');
  const footer = versioned(bytes.subarray(0, from));
  const schema = footer.table(1) ?? broken('its end has no schema');
  if (!isDeepStrictEqual(columnsOf(schema), columns)) broken('its end has another schema than its beginning');
  requireBlocks(footer, 2, blocks.dictionary);
  requireBlocks(footer, 3, blocks.records);
}

class Walk {
  readonly #ranges: RangeReader;
  readonly #isFile: boolean;
  readonly #name: string;
  readonly #blocks: { readonly dictionary: Block[]; readonly records: Block[] } = { dictionary: [], records: [] };
  readonly #known = new Set<bigint>();
  #rows = 0;
  #batches = 0;
  #place = '';

  constructor(ranges: RangeReader, isFile: boolean, name: string) {
    this.#ranges = ranges;
    this.#isFile = isFile;
    this.#name = name;
  }

  async run(): Promise<readonly ArrowColumn[]> {
    const here = () => this.#name;
    const messages = new MessageReader(this.#ranges, this.#isFile);
    const columns = await withinAsync(here, async () => {
      const first = await messages.next();
      return first?.kind === 'schema' ? columnsOf(first.header) : broken('it does not begin with a schema');
    });
    const judge = await withinAsync(here, async () => new Judge(columns));
    const place = () => `${this.#name}, ${this.#place}`;
    while (await withinAsync(place, () => this.#judgeNext(messages, judge)));
    await withinAsync(here, () => this.#end(messages, columns));
    return columns;
  }

  async #judgeNext(messages: MessageReader, judge: Judge): Promise<boolean> {
    this.#place = `the message after record batch ${this.#batches}`;
    const message = await messages.next();
    if (!message) return false;
    const { kind, start, body, end } = message;
    if (kind === 'schema') return broken('it has a second schema');
    if (kind === 'dictionary') {
      this.#place = 'a dictionary';
      this.#dictionary(judge.dictionary(message));
    } else {
      this.#batches++;
      this.#place = `record batch ${this.#batches}`;
      this.#rows += judge.records(message).rows;
      const most = limits.columnRows.value;
      if (this.#rows > most) throw new FunctionError('too-large', `it has more than ${most} rows`);
    }
    if (this.#isFile) {
      this.#blocks[kind].push([start, body - start, end - body]);
      if (this.#blocks[kind].length > MOST_END / BLOCK)
        throw new FunctionError('too-large', 'it has more batches than its end can list');
    }
    return true;
  }

  #dictionary({ id, isDelta }: Dictionary): void {
    const isKnown = this.#known.has(id);
    if (isDelta && !isKnown) broken('it adds to a dictionary that it has not');
    // Who reads a file by its end could not tell which of them is meant.
    if (!isDelta && isKnown && this.#isFile) broken('it has a dictionary twice');
    this.#known.add(id);
  }

  async #end(messages: MessageReader, columns: readonly ArrowColumn[]): Promise<void> {
    if (this.#isFile) {
      checkEnd(await messages.rest(MOST_END + END), columns, this.#blocks);
      return;
    }
    if (!messages.hasMark) broken('the stream has no end, or other bytes in the place of a message: it is cut off. Close its writer');
    if ((await messages.rest(0)).length > 0) broken('the stream goes on after its end');
  }
}

/** The columns of a file, or of a stream. @throws FunctionError for what is damaged, outside of the limits or unsupported */
export async function walkFile(input: Input, isFile: boolean, name: string): Promise<readonly ArrowColumn[]> {
  const ranges = new RangeReader(input);
  try {
    return await new Walk(ranges, isFile, name).run();
  } finally {
    await ranges.close();
  }
}
