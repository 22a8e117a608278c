/** Reading the items of one party's set, one a line, many at a time and without making strings. */
import type { Input } from '../function.ts';
import { viewOf } from '../kernels/keyed/hash.ts';
import { decodeHex } from '../keyed/hex.ts';
import { KeyBatch } from '../keyed/key-batch.ts';
import type { Normalizer } from '../keyed/normalize.ts';
import { FunctionError } from '../refusal.ts';
import { lineBlocks, lineEnd } from '../text/lines.ts';
import { openText } from '../text/open-text.ts';

const LF = 10;

/** How a line says its item: its bytes, or those that it gives in hexadecimal. */
export type ItemFormat = 'text' | 'hex';

export interface ItemRules {
  readonly format: ItemFormat;
  /** Whether the first line is none. */
  readonly header: boolean;
  readonly normalize: Normalizer | undefined;
}

/** Takes lines of a block from a position on until the batch is full. Returns the position after the last one. */
type ReadLines = (block: Uint8Array, position: number, batch: KeyBatch) => number;

/** Takes lines as they are. */
const readText: ReadLines = (block, position, batch) => {
  const { length } = block;
  const view = viewOf(block);
  while (position < length && !batch.isFull) {
    position = batch.addLine(block, view, position) + 1;
  }
  return position;
};

/** Takes the bytes of one line, without its end. */
type AddLine = (block: Uint8Array, start: number, end: number, batch: KeyBatch) => void;

const readEach =
  (add: AddLine): ReadLines =>
  (block, position, batch) => {
    while (position < block.length && !batch.isFull) {
      const lf = block.indexOf(LF, position);
      const stop = lf < 0 ? block.length : lf;
      add(block, position, lineEnd(block, position, stop), batch);
      position = stop + 1;
    }
    return position;
  };

/** Takes a line as hexadecimal. */
const addHex: AddLine = (block, start, end, batch) => {
  batch.reserve((end - start) >>> 1);
  decodeHex(block, start, end, batch);
  batch.finish();
};

/** Has a line's normalized text added. */
const addNormalized =
  (normalize: Normalizer, add: AddLine): AddLine =>
  (block, start, end, batch) => {
    const given = Buffer.from(block.buffer, block.byteOffset + start, end - start);
    const text = Uint8Array.from(Buffer.from(normalize(given.toString())));
    add(text, 0, text.length, batch);
  };

const addText: AddLine = (block, start, end, batch) => batch.add(viewOf(block), start, end);

function linesReader({ format, normalize }: ItemRules): ReadLines {
  if (format === 'hex') return readEach(normalize ? addNormalized(normalize, addHex) : addHex);
  return normalize ? readEach(addNormalized(normalize, addText)) : readText;
}

/** Takes batches of items, an empty one for each blank line. */
export interface ItemSink {
  /** A line that is no item: the header. */
  skip(): void;
  /** `bytesRead`: of the input so far. */
  take(batch: KeyBatch, bytesRead: number): void;
}

/**
 * Passes all lines of the input on, batch by batch. Throws `FunctionError` with the line for what is no text or no
 * hexadecimal.
 */
export async function eachItemBatch(
  input: Input,
  name: string,
  rules: ItemRules,
  sink: ItemSink,
): Promise<void> {
  const batch = new KeyBatch();
  const readLines = linesReader(rules);
  let offset = 0;
  let lines = 0;
  for await (const block of lineBlocks(openText(input, { name }))) {
    let position = 0;
    if (rules.header && lines === 0) {
      const lf = block.indexOf(LF);
      position = lf < 0 ? block.length : lf + 1;
      lines = 1;
      sink.skip();
    }
    while (position < block.length) {
      batch.clear();
      try {
        position = readLines(block, position, batch);
      } catch (error) {
        if (!(error instanceof FunctionError)) throw error;
        const line = lines + batch.count + 1;
        throw new FunctionError(error.code, `Line ${line} of ${name}: ${error.message}.`, { cause: error });
      }
      lines += batch.count;
      sink.take(batch, offset + position);
    }
    offset += block.length;
  }
}
