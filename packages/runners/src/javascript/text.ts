/** How text crosses between the engine and its host: as C strings, which NUL ends. The prelude has the same pair. */

/** Well-formed text as one without NUL. */
export function pack(text: string): string {
  return text.includes('\0') ? `j${JSON.stringify(text)}` : `p${text}`;
}

/** Throws for what is no JSON, if the function's prelude was tampered with. */
export function unpack(packed: string): string {
  return packed.startsWith('j') ? String(JSON.parse(packed.slice(1))) : packed.slice(1);
}
