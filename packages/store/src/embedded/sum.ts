/**
 * A digest of a set: the XOR of its elements' digests, and their number. It costs the same to add or to take out one of a million.
 * (MSet-XOR-Hash of Clarke et al. without its nonce: sums are kept in memory or sealed, so that nobody sees one.)
 */
const LANES = 8;
const LANE = 4;

export class Sum {
  count = 0;
  readonly #lanes = new Int32Array(LANES);

  /** `digest`: see `Elements`. `by`: 1 where the element comes, -1 where it goes. */
  change(digest: string, by: 1 | -1): void {
    for (let lane = 0; lane < LANES; lane++)
      this.#lanes[lane] = (this.#lanes[lane] ?? 0) ^ int32At(digest, lane * LANE);
    this.count += by;
  }

  hasSameElements(other: Sum): boolean {
    return this.#lanes.every((lane, index) => lane === other.#lanes[index]);
  }

  /** 32 bytes. */
  bytes(): Buffer {
    const bytes = Buffer.alloc(LANES * LANE);
    for (const [lane, value] of this.#lanes.entries()) bytes.writeInt32LE(value, lane * LANE);
    return bytes;
  }

  /** What `count` and `bytes` told. */
  read(count: number, bytes: Buffer): void {
    this.count = count;
    for (let lane = 0; lane < LANES; lane++) this.#lanes[lane] = bytes.readInt32LE(lane * LANE);
  }
}

/** Little-endian, of a string of bytes. */
const int32At = (bytes: string, at: number): number =>
  bytes.charCodeAt(at) |
  (bytes.charCodeAt(at + 1) << 8) |
  (bytes.charCodeAt(at + 2) << 16) |
  (bytes.charCodeAt(at + 3) << 24);
