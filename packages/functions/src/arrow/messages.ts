/** The messages that a file or a stream consists of, one after the other: metadata, and a body behind them. */
import { broken } from '../columns/place.ts';
import type { RangeReader } from '../columns/ranges.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import { FlatTable } from './flatbuffer.ts';

/** Before the metadata: four bytes of ones, and their length. */
const PREFIX = 8;
const CONTINUES = -1;
const MOST_METADATA = limits.arrowMetadata.value;
const MOST_BODY = limits.arrowBatch.value;
/** A file begins with `ARROW1` and two zeros. */
const FILE_MARK = 8;
/** Writers align the first message of a file at so many bytes at most. */
const MOST_ALIGNMENT = 64;
const VERSION_4 = 3;
const VERSION_5 = 4;

const KINDS = ['nothing', 'schema', 'dictionary', 'records'] as const;

export interface Message {
  readonly kind: 'schema' | 'dictionary' | 'records';
  readonly header: FlatTable;
  /** Where it begins in the file. */
  readonly start: number;
  /** Where its body begins. */
  readonly body: number;
  readonly end: number;
}

function checkVersion(version: number): void {
  if (version !== VERSION_4 && version !== VERSION_5)
    broken('it was written by a version of Arrow that is not known here. Write it with Arrow 1.0 or later');
}

/** The table of a message or of a file's end, whose version is known. */
export function versioned(bytes: Uint8Array): FlatTable {
  const table = FlatTable.root(bytes);
  checkVersion(table.integer(0, 16));
  return table;
}

function messageOf(bytes: Uint8Array, start: number): Message {
  const table = versioned(bytes);
  const kind = KINDS[table.integer(1, 8)];
  if (kind === undefined || kind === 'nothing') return broken('it has a message that is no part of a table (a tensor)');
  const length = table.count(3);
  if (length > MOST_BODY)
    throw new FunctionError('too-large', `a batch has more than ${MOST_BODY >> 20} MiB. Write the file with smaller batches`);
  if (kind === 'schema' && length !== 0) broken('its schema has a body');
  const body = start + PREFIX + bytes.length;
  const header = table.table(2) ?? broken('a message has no header');
  return { kind, header, start, body, end: body + length };
}

const NOTHING = new Uint8Array(0);

const signedWord = (bytes: Uint8Array): number =>
  new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true);

export class MessageReader {
  readonly #ranges: RangeReader;
  #at: number;
  #hasMark = false;
  /** Bytes that were read and are no message. */
  #looked: Uint8Array = NOTHING;
  #mayBeZero: boolean;

  /** `isFile`: not a stream; its mark comes before the first message, and zeros that align that one. */
  constructor(ranges: RangeReader, isFile: boolean) {
    this.#ranges = ranges;
    this.#at = isFile ? FILE_MARK : 0;
    this.#mayBeZero = isFile;
  }

  /** Whether the messages ended with the mark of their end. */
  get hasMark(): boolean {
    return this.#hasMark;
  }

  /** What follows the messages, up to `most` bytes and one more. To be called after the last one. */
  async rest(most: number): Promise<Uint8Array> {
    return Buffer.concat([this.#looked, await this.#ranges.rest(this.#at + this.#looked.length, most)]);
  }

  /** The next one; undefined: there are no more. Its body can be read until the next one is. @throws FunctionError without the place */
  async next(): Promise<Message | undefined> {
    if (!(await this.#findMark())) return undefined;
    const length = signedWord(await this.#ranges.read(this.#at + 4, this.#at + PREFIX));
    this.#looked = NOTHING;
    if (length === 0) {
      this.#hasMark = true;
      this.#at += PREFIX;
      return undefined;
    }
    if (length < 0 || length > MOST_METADATA)
      throw new FunctionError('too-large', `the metadata of a message have more than ${MOST_METADATA >> 20} MiB`);
    const from = this.#at + PREFIX;
    const message = messageOf(await this.#ranges.read(from, from + length), this.#at);
    this.#at = message.end;
    return message;
  }

  /** Whether a message begins here, or behind zeros that align the first one. */
  async #findMark(): Promise<boolean> {
    for (;;) {
      if (await this.#ranges.isOver(this.#at)) return false;
      this.#looked = await this.#ranges.read(this.#at, this.#at + 4);
      const word = signedWord(this.#looked);
      if (word !== 0 || !this.#mayBeZero || this.#at >= MOST_ALIGNMENT) {
        this.#mayBeZero = false;
        return word === CONTINUES;
      }
      this.#at += 4;
    }
  }

  readBody({ body, end }: Message): Promise<Uint8Array> {
    return this.#ranges.read(body, end);
  }
}
