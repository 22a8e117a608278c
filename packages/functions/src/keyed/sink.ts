/** Bytes that are written one after the other into memory that is there already. */
export interface ByteSink {
  readonly bytes: Uint8Array;
  /** Where the next byte goes; what writes moves it on. */
  at: number;
}
