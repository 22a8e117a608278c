/** Trimming UTF-8 text in place: Unicode's White_Space property, as Rust's `trim`. */

/** The byte at `at`, 0 beyond the end: no white space begins or continues with it. */
const byteAt = (text: Uint8Array, at: number, end: number): number => (at < end ? (text[at] ?? 0) : 0);

/** Bytes of the white space character at `at`, 0 if there is none. */
function blankAt(text: Uint8Array, at: number, end: number): number {
  const lead = byteAt(text, at, end);
  if (lead < 0x80) return lead === 0x20 || (lead >= 0x09 && lead <= 0x0d) ? 1 : 0;
  const second = byteAt(text, at + 1, end);
  // U+0085 and U+00A0
  if (lead === 0xc2) return second === 0x85 || second === 0xa0 ? 2 : 0;
  return isWideBlank(lead, second, byteAt(text, at + 2, end)) ? 3 : 0;
}

/** Whether three bytes are a white space character. */
function isWideBlank(lead: number, second: number, third: number): boolean {
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
    const last = byteAt(text, end - 1, end);
    if (last < 0x80) {
      if (last !== 0x20 && (last < 0x09 || last > 0x0d)) break;
      end--;
    } else if (end - start >= 2 && blankAt(text, end - 2, end) === 2) end -= 2;
    else if (end - start >= 3 && blankAt(text, end - 3, end) === 3) end -= 3;
    else break;
  }
  return end;
}
