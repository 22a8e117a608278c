/** The messages that a file or a stream consists of: metadata, and a body behind them. */
import { broken } from '../columns/place.ts';
import { RangeReader } from '../columns/ranges.ts';
import type { Input } from '../function.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import { FlatTable } from './flatbuffer.ts';

/** Before the metadata: four bytes of ones, and their length. */
const PREFIX = 8;
const CONTINUES = -1;
const MOST_METADATA = limits.arrowMetadata.value;
const MOST_BODY = limits.arrowBatch.value;
const VERSION_4 = 3;
const VERSION_5 = 4;

const KINDS = ['nothing', 'schema', 'dictionary', 'records'] as const;

export interface Message {
  readonly kind: 'schema' | 'dictionary' | 'records';
  readonly header: FlatTable;
  /** Where its body begins in the file, and ends. */
  readonly body: number;
  readonly end: number;
  /** Can be called until the next message is asked for. */
  readonly readBody: () => Promise<Uint8Array>;
}

/** Where a message is, as the end of a file says. */
export interface Block {
  readonly kind: 'dictionary' | 'records';
  readonly start: number;
  readonly body: number;
  readonly end: number;
}

/** The table of a message or of a file's end, whose version is known. @throws FunctionError without the place */
export function versioned(bytes: Uint8Array): FlatTable {
  const table = FlatTable.root(bytes);
  const version = table.integer(0, 16);
  if (version !== VERSION_4 && version !== VERSION_5)
    broken('it was written by a version of Arrow that is not known here. Write it with Arrow 1.0 or later');
  return table;
}

/** Reads the prefix at `at`: how many bytes of metadata follow it; undefined: no message begins there. */
async function metadataLength(ranges: RangeReader, at: number): Promise<number | undefined> {
  const view = new DataView((await ranges.read(at, at + PREFIX)).buffer);
  if (view.getInt32(0, true) !== CONTINUES) return undefined;
  const length = view.getInt32(4, true);
  if (length < 0 || length > MOST_METADATA)
    throw new FunctionError(
      'too-large',
      `the metadata of a message have more than ${MOST_METADATA >> 20} MiB`,
    );
  return length;
}

/** The message at `start`, whose prefix was read. */
async function readMessage(ranges: RangeReader, start: number, length: number): Promise<Message> {
  const body = start + PREFIX + length;
  const table = versioned(await ranges.read(start + PREFIX, body));
  const kind = KINDS[table.integer(1, 8)];
  if (kind === undefined || kind === 'nothing')
    return broken('it has a message that is no part of a table, as tensors are none');
  const bodyLength = table.count(3);
  if (bodyLength > MOST_BODY)
    throw new FunctionError(
      'too-large',
      `it has more than ${MOST_BODY >> 20} MiB. Write the file with smaller batches`,
    );
  if (kind === 'schema' && bodyLength !== 0) broken('its schema has a body');
  const header = table.table(2) ?? broken('a message has no header');
  const end = body + bodyLength;
  return { kind, header, body, end, readBody: () => ranges.read(body, end) };
}

/** The messages of a stream, which begins with its schema and has a mark at its end. @throws FunctionError without the place */
export async function* streamMessages(input: Input): AsyncGenerator<Message, void, void> {
  const ranges = new RangeReader(input);
  const cutOff = (): never => broken('the stream has no mark at its end: it is cut off. Close its writer');
  try {
    for (let at = 0; ; ) {
      if (await ranges.isOver(at)) return cutOff();
      const length = await metadataLength(ranges, at);
      if (length === undefined) return broken('the stream has other bytes in the place of a message');
      if (length === 0) {
        if (!(await ranges.isOver(at + PREFIX))) broken('the stream goes on after its end');
        return;
      }
      const message = await readMessage(ranges, at, length);
      yield message;
      at = message.end;
    }
  } finally {
    await ranges.close();
  }
}

/** The messages of a file that these blocks are, which are in the order of the file. @throws FunctionError without the place */
export async function* blockMessages(
  input: Input,
  blocks: readonly Block[],
): AsyncGenerator<Message, void, void> {
  if (blocks.length === 0) return;
  const ranges = new RangeReader(input);
  try {
    for (const block of blocks) {
      const length = await metadataLength(ranges, block.start);
      if (length !== block.body - block.start - PREFIX) broken('its end lists a batch where none is');
      const message = await readMessage(ranges, block.start, length ?? 0);
      if (message.kind !== block.kind || message.end !== block.end)
        broken('its end lists another batch than it has');
      yield message;
    }
  } finally {
    await ranges.close();
  }
}
