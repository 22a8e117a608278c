import type { Input } from '../function.ts';
import { type Cuts, lineBlocks } from '../text/lines.ts';

const LF = 10;
const QUOTE = 0x22;

/** Cuts at line feeds outside of quotes. A doubled quote inside a quoted field opens and closes, so that counting is enough. */
function recordCuts(): Cuts {
  let inside = false;
  return (chunk) => {
    if (!inside && !chunk.includes(QUOTE)) return { first: chunk.indexOf(LF), last: chunk.lastIndexOf(LF) };
    let first = -1;
    let last = -1;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at];
      if (byte === QUOTE) inside = !inside;
      else if (byte === LF && !inside) {
        last = at;
        if (first < 0) first = at;
      }
    }
    return { first, last };
  };
}

/** Like `lineBlocks`, but blocks of whole CSV records (RFC 4180), in which line feeds may stand inside quotes. */
export function recordBlocks(input: Input): AsyncGenerator<Uint8Array, void, void> {
  return lineBlocks(input, recordCuts());
}
