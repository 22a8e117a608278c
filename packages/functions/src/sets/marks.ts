import type { Output } from '../function.ts';
import type { KeyBatch } from '../keyed/key-batch.ts';
import { Writer } from '../keyed/writer.ts';

const ZERO = 0x30;
const PIECE = 1 << 16;

/** The record of each line of one input, -1 for a line without one. Memory: 4 bytes a line. */
export class LineRecords {
  readonly #pieces: Int32Array[] = [];
  #used = PIECE;

  add({ record, count }: KeyBatch): void {
    for (let i = 0; i < count; i++) {
      if (this.#used === PIECE) {
        this.#pieces.push(new Int32Array(PIECE));
        this.#used = 0;
      }
      (this.#pieces[this.#pieces.length - 1] as Int32Array)[this.#used++] = record[i] as number;
    }
  }

  /** Writes a character for each line, `1` where the record is marked, else `0`, and closes the output. */
  async write(isMarked: (record: number) => boolean, output: Output): Promise<void> {
    const writer = new Writer([output]);
    for (const piece of this.#pieces) {
      const length = piece === this.#pieces.at(-1) ? this.#used : PIECE;
      if (!writer.hasRoom(length)) await writer.flush(length);
      for (let i = 0; i < length; i++) {
        const record = piece[i] as number;
        writer.chunk[writer.used++] = record >= 0 && isMarked(record) ? ZERO + 1 : ZERO;
      }
    }
    await writer.close();
  }
}
