/** Bytes in pieces: what grows is not copied as a whole, and what shrinks gives its pieces back. */

/** Bytes of each piece but the last, which may be shorter. */
export const PIECE: number = 1 << 16;

export class Pieces {
  #pieces: Uint8Array<ArrayBuffer>[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** To a length; what is new is zeros. */
  resize(length: number): void {
    this.#pieces.length = Math.min(this.#pieces.length, Math.ceil(length / PIECE));
    const last = this.#pieces.length - 1;
    for (let at = Math.max(0, last); at * PIECE < length; at++) {
      const size = Math.min(PIECE, length - at * PIECE);
      const before = this.#pieces[at];
      // The former memory is free at once, and does not wait for the collector.
      if (before?.length !== size)
        this.#pieces[at] = before ? new Uint8Array(before.buffer.transfer(size)) : new Uint8Array(size);
    }
    this.#length = length;
  }

  /** Within the length. */
  set(bytes: Uint8Array, at: number): void {
    for (const [piece, from, done] of this.#parts(at, bytes.length))
      piece.set(bytes.subarray(done, done + piece.length - from), from);
  }

  /** Within the length. */
  copyTo(target: Uint8Array, at: number): void {
    for (const [piece, from, done] of this.#parts(at, target.length))
      target.set(piece.subarray(from, from + target.length - done), done);
  }

  /** Each piece that has some of these bytes: where they begin in it, and how many were before. */
  *#parts(at: number, count: number): Generator<readonly [Uint8Array, from: number, done: number]> {
    for (let done = 0; done < count; ) {
      const piece = this.#pieces[Math.floor((at + done) / PIECE)];
      if (piece === undefined) return;
      const from = (at + done) % PIECE;
      yield [piece, from, done];
      done += piece.length - from;
    }
  }
}
