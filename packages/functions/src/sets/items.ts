/** Reading the items of one party's set, a line each, many at a time and without making strings. */
import { FunctionError, type Input } from '../function.ts';
import { decodeHex } from '../intersect/hex.ts';
import { hashName, viewOf } from '../join/hash.ts';
import { findBelow, lineBlocks, lineEnd } from '../lines.ts';
import { BATCH, KeyBatch } from './batch.ts';

const LF = 10;

/** How a line says its item: its bytes, or those that it gives in hexadecimal. */
export type ItemFormat = 'text' | 'hex';

/** Takes lines as they are. Returns the position after the last one. */
function readText(block: Uint8Array, position: number, batch: KeyBatch): number {
  const { start, end, hash } = batch;
  const { length } = block;
  const view = viewOf(block);
  let count = 0;
  for (; position < length && count < BATCH; count++) {
    start[count] = position;
    let stop = findBelow(block, view, position, LF + 1);
    while (stop < length && block[stop] !== LF) stop = findBelow(block, view, stop + 1, LF + 1);
    const textEnd = lineEnd(block, position, stop);
    end[count] = textEnd;
    hash[count] = hashName(view, position, textEnd);
    position = stop + 1;
  }
  batch.bytes = block;
  batch.count = count;
  return position;
}

/** Decodes hexadecimal lines into `decoded`, which has room for the block's. Returns the position after the last one. */
function readHex(block: Uint8Array, position: number, batch: KeyBatch, decoded: Uint8Array): number {
  const { start, end, hash } = batch;
  let count = 0;
  let used = 0;
  const view = viewOf(decoded);
  for (; position < block.length && count < BATCH; count++) {
    const lf = block.indexOf(LF, position);
    const stop = lf < 0 ? block.length : lf;
    start[count] = used;
    // In case of a refusal the batch tells how many lines were good.
    batch.count = count;
    used = decodeHex(block, position, lineEnd(block, position, stop), decoded, used);
    end[count] = used;
    hash[count] = hashName(view, start[count] as number, used);
    position = stop + 1;
  }
  batch.bytes = decoded;
  batch.count = count;
  return position;
}

/**
 * Hands all lines of the input to `use`, batch by batch, with the number of bytes read so far. Throws `FunctionError`
 * with the line for what is no hexadecimal.
 */
export async function eachItemBatch(
  input: Input,
  format: ItemFormat,
  name: string,
  use: (batch: KeyBatch, bytesRead: number) => void,
): Promise<void> {
  const batch = new KeyBatch();
  let decoded = new Uint8Array(0);
  let offset = 0;
  let lines = 0;
  for await (const block of lineBlocks(input)) {
    if (format === 'hex' && decoded.length < block.length / 2) decoded = new Uint8Array(block.length);
    for (let position = 0; position < block.length; ) {
      try {
        position =
          format === 'hex' ? readHex(block, position, batch, decoded) : readText(block, position, batch);
      } catch (error) {
        if (!(error instanceof FunctionError)) throw error;
        throw new FunctionError(`Line ${lines + batch.count + 1} of ${name}: ${error.message}.`, {
          cause: error,
        });
      }
      lines += batch.count;
      use(batch, offset + position);
    }
    offset += block.length;
  }
}
