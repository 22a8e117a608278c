/**
 * A look at untrusted JSON before `JSON.parse`, which cannot be interrupted: a text of nothing but `[` or `{},` would
 * take many times its size of memory, and minutes.
 */
import { limits } from '../limits.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const [OPEN_ARRAY, CLOSE_ARRAY] = [0x5b, 0x5d];
const [OPEN_OBJECT, CLOSE_OBJECT] = [0x7b, 0x7d];

/** Levels; our models have seven. */
const DEPTH = limits.modelDepth.value;
/** Of any document, however short. */
const FREE = 64;
/** Bytes of text for each object or array, and for each string or key; the smallest node of a GBDT has 58 and 13. */
const BYTES_PER_OPENING = limits.modelBytesPerObject.value;
const BYTES_PER_STRING = limits.modelBytesPerString.value;

/** The index of the quote that ends the string, or the length where none does. */
function stringEnd(text: Uint8Array, start: number): number {
  let at = start;
  while (at < text.length && text[at] !== QUOTE) at += text[at] === BACKSLASH ? 2 : 1;
  return Math.min(at, text.length);
}

/**
 * What is wrong with the build of a JSON text, or undefined; whether it is JSON at all is not looked at. Takes time in
 * proportion to the length, and no memory.
 */
export function jsonFault(text: Uint8Array): string | undefined {
  const openings = FREE + text.length / BYTES_PER_OPENING;
  const strings = FREE + text.length / BYTES_PER_STRING;
  let [depth, opened, quoted] = [0, 0, 0];
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case QUOTE:
        if (++quoted > strings) return 'it has too many strings for its size';
        at = stringEnd(text, at + 1);
        break;
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        if (++depth > DEPTH) return `it is nested deeper than ${DEPTH}`;
        if (++opened > openings) return 'it has too many objects for its size';
        break;
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        depth--;
        break;
      default:
    }
  }
  return undefined;
}
