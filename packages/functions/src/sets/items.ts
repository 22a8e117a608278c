/** Reading the items of one party's set, one a line, many at a time and without making strings. */
import type { Input } from '../function.ts';
import { viewOf } from '../kernels/keyed/hash.ts';
import { decodeHex } from '../keyed/hex.ts';
import { KeyBatch } from '../keyed/key-batch.ts';
import { FunctionError } from '../refusal.ts';
import { lineBlocks, lineEnd } from '../text/lines.ts';

const LF = 10;

/** How a line says its item: its bytes, or those that it gives in hexadecimal. */
export type ItemFormat = 'text' | 'hex';

/** Takes lines as they are. Returns the position after the last one. */
function readText(block: Uint8Array, position: number, batch: KeyBatch): number {
  const { length } = block;
  const view = viewOf(block);
  while (position < length && !batch.isFull) {
    position = batch.addLine(block, view, position) + 1;
  }
  return position;
}

/** Takes lines as hexadecimal. Returns the position after the last one. */
function readHex(block: Uint8Array, position: number, batch: KeyBatch): number {
  while (position < block.length && !batch.isFull) {
    const lf = block.indexOf(LF, position);
    const stop = lf < 0 ? block.length : lf;
    batch.reserve((stop - position) >>> 1);
    decodeHex(block, position, lineEnd(block, position, stop), batch);
    batch.finish();
    position = stop + 1;
  }
  return position;
}

/**
 * Passes all lines of the input to `use`, batch by batch, with the number of bytes read so far. Throws `FunctionError`
 * with the line for what is no hexadecimal.
 */
export async function eachItemBatch(
  input: Input,
  format: ItemFormat,
  name: string,
  use: (batch: KeyBatch, bytesRead: number) => void,
): Promise<void> {
  const batch = new KeyBatch();
  const readLines = format === 'hex' ? readHex : readText;
  let offset = 0;
  let lines = 0;
  for await (const block of lineBlocks(input)) {
    for (let position = 0; position < block.length; ) {
      batch.clear();
      try {
        position = readLines(block, position, batch);
      } catch (error) {
        if (!(error instanceof FunctionError)) throw error;
        const line = lines + batch.count + 1;
        throw new FunctionError(error.code, `Line ${line} of ${name}: ${error.message}.`, { cause: error });
      }
      lines += batch.count;
      use(batch, offset + position);
    }
    offset += block.length;
  }
}
