/** Random texts and keys that belong to one party, and looking for them in whatever somebody else was told. */
import { randomBytes } from 'node:crypto';

/** Ten random bytes in hex: no two are alike, and none is in anything by chance. */
export const freshMarker = (): string => randomBytes(10).toString('hex');

/** The bytes as they are, in hex, and in base64 at each of its three alignments, without the digits that neighbours have a part in. */
function formsOf(bytes: Buffer): readonly Buffer[] {
  const aligned = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const whole = Math.floor(((before + bytes.length) * 8) / 6);
    return text.slice(Math.ceil((before * 8) / 6), whole);
  });
  const texts = [bytes.toString('hex'), bytes.toString('hex').toUpperCase(), ...aligned];
  const url = aligned.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  return [bytes, ...[...texts, ...url].map((text) => Buffer.from(text))];
}

export class Markers {
  readonly #known: readonly { readonly name: string; readonly forms: readonly Buffer[] }[];

  /** By what they stand for. */
  constructor(markers: Readonly<Record<string, string | Uint8Array>>) {
    this.#known = Object.entries(markers).map(([name, marker]) => ({
      name,
      forms: formsOf(Buffer.from(typeof marker === 'string' ? Buffer.from(marker) : marker)),
    }));
  }

  /** Which of them are in what somebody was told. */
  foundIn(told: Uint8Array): string[] {
    const bytes = Buffer.from(told.buffer, told.byteOffset, told.byteLength);
    return this.#known
      .filter(({ forms }) => forms.some((form) => bytes.includes(form)))
      .map(({ name }) => name);
  }
}
