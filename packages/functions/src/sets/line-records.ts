import type { Output } from '../function.ts';
import type { KeyBatch } from '../keyed/key-batch.ts';
import { Writer } from '../keyed/writer.ts';

const ZERO = 0x30;
const PIECE = 1 << 16;

/** The record of each line of one input, -1 for a line without one. Memory: 4 bytes a line. */
export class LineRecords {
  readonly #full: Int32Array[] = [];
  #last = new Int32Array(0);
  #used = 0;

  /** Takes the lines of a batch. */
  add({ record, count }: KeyBatch): void {
    for (let from = 0; from < count; ) {
      const some = Math.min(count - from, this.#room());
      this.#last.set(record.subarray(from, from + some), this.#used);
      this.#used += some;
      from += some;
    }
  }

  /** Takes a line that has no record: the header. */
  skip(): void {
    this.#room();
    this.#last[this.#used++] = -1;
  }

  /** Records that fit into the last piece, which has room for one at least. */
  #room(): number {
    if (this.#used === this.#last.length) {
      if (this.#used > 0) this.#full.push(this.#last);
      this.#last = new Int32Array(PIECE);
      this.#used = 0;
    }
    return PIECE - this.#used;
  }

  /** Writes a character for each line, `1` where the record is marked, else `0`, and closes the output. */
  async write(isMarked: (record: number) => boolean, output: Output): Promise<void> {
    const writer = new Writer([output]);
    for (const records of [...this.#full, this.#last.subarray(0, this.#used)]) {
      if (!writer.hasRoom(records.length)) await writer.flush(records.length);
      for (const record of records) {
        writer.bytes[writer.at++] = record >= 0 && isMarked(record) ? ZERO + 1 : ZERO;
      }
    }
    await writer.close();
  }
}
