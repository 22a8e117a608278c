/** Checking text the way Rust's `str::from_utf8` does. */

/** Lead bytes of 3- and 4-byte sequences whose second byte has a narrower range than 0x80..0xbf. */
const SECOND: Readonly<Record<number, readonly [number, number]>> = {
  224: [0xa0, 0xbf],
  237: [0x80, 0x9f],
  240: [0x90, 0xbf],
  244: [0x80, 0x8f],
};

/** Bytes of the character that begins with that byte; 0: none does. */
export function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

/** Where text stops being UTF-8, and how many bytes are wrong (undefined: the text ends inside a character). */
export interface Utf8Fault {
  readonly index: number;
  readonly length: number | undefined;
}

/** The first fault, or undefined for what is UTF-8. */
export function findUtf8Fault(bytes: Uint8Array): Utf8Fault | undefined {
  for (let index = 0; index < bytes.length; ) {
    const lead = bytes[index];
    const length = lead === undefined ? 0 : sequenceLength(lead);
    if (lead === undefined || length === 0) return { index, length: 1 };
    for (let k = 1; k < length; k++) {
      const byte = bytes[index + k];
      if (byte === undefined) return { index, length: undefined };
      const [low, high] = (k === 1 && SECOND[lead]) || [0x80, 0xbf];
      if (byte < low || byte > high) return { index, length: k };
    }
    index += length;
  }
  return undefined;
}

/** The index after the last whole character: the end, or where a character begins that the bytes end inside of. */
export function endOfWhole(bytes: Uint8Array): number {
  const end = bytes.length;
  for (let back = 1; back <= 3 && back <= end; back++) {
    const byte = bytes[end - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    return sequenceLength(byte) > back ? end - back : end;
  }
  return end;
}
