/** Trimming UTF-8 text in place: Unicode's White_Space property, as Rust's `trim`. */

/** Bytes of the white space character at `at`, 0 if there is none. */
function blankAt(text: Uint8Array, at: number, end: number): number {
  const lead = text[at] as number;
  if (lead < 0x80) return lead === 0x20 || (lead >= 0x09 && lead <= 0x0d) ? 1 : 0;
  const second = at + 1 < end ? (text[at + 1] as number) : 0;
  // U+0085 and U+00A0
  if (lead === 0xc2) return second === 0x85 || second === 0xa0 ? 2 : 0;
  const third = at + 2 < end ? (text[at + 2] as number) : 0;
  return blank3(lead, second, third) ? 3 : 0;
}

function blank3(lead: number, second: number, third: number): boolean {
  // U+1680, U+3000
  if (lead === 0xe1) return second === 0x9a && third === 0x80;
  if (lead === 0xe3) return second === 0x80 && third === 0x80;
  if (lead !== 0xe2) return false;
  // U+205F
  if (second === 0x81) return third === 0x9f;
  // U+2000..U+200A, U+2028, U+2029, U+202F
  return (
    second === 0x80 &&
    ((third >= 0x80 && third <= 0x8a) || third === 0xa8 || third === 0xa9 || third === 0xaf)
  );
}

/** Index of the first byte of `start..end` that is not blank, or `end`. */
export function trimStart(text: Uint8Array, start: number, end: number): number {
  while (start < end) {
    const width = blankAt(text, start, end);
    if (width === 0) break;
    start += width;
  }
  return start;
}

/** Index after the last byte of `start..end` that is not blank, or `start`. */
export function trimEnd(text: Uint8Array, start: number, end: number): number {
  while (start < end) {
    const last = text[end - 1] as number;
    if (last < 0x80) {
      if (last !== 0x20 && (last < 0x09 || last > 0x0d)) break;
      end--;
    } else if (end - start >= 2 && blankAt(text, end - 2, end) === 2) end -= 2;
    else if (end - start >= 3 && blankAt(text, end - 3, end) === 3) end -= 3;
    else break;
  }
  return end;
}
