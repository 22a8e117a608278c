/** Checking text the way Rust's `str::from_utf8` does, its error text included. */
import { isUtf8 } from 'node:buffer';
import { FunctionError } from '../refusal.ts';

/** Lead bytes of 3- and 4-byte sequences whose second byte has a narrower range than 0x80..0xbf. */
const SECOND: Readonly<Record<number, readonly [number, number]>> = {
  224: [0xa0, 0xbf],
  237: [0x80, 0x9f],
  240: [0x90, 0xbf],
  244: [0x80, 0x8f],
};

function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

/** The first fault: its index, and how many bytes it has (undefined: the text ends inside a character). */
function findFault(
  bytes: Uint8Array,
): { readonly index: number; readonly length: number | undefined } | undefined {
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

/**
 * Throws `FunctionError` with Rust's text unless the block is UTF-8. Blocks are cut at line feeds, so each can be
 * checked alone; `offset` is the block's place in the input.
 */
export function requireUtf8(block: Uint8Array, offset: number): void {
  if (isUtf8(block)) return;
  const fault = findFault(block);
  const index = offset + (fault?.index ?? 0);
  throw new FunctionError(
    'invalid-input',
    fault?.length === undefined
      ? `incomplete utf-8 byte sequence from index ${index}`
      : `invalid utf-8 sequence of ${fault.length} bytes from index ${index}`,
  );
}
