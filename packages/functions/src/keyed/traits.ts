/**
 * Why lists that should have something in common have nothing: in what their items differ as texts. Only the forms of the
 * items are told, of all together, never an item.
 */
import type { KeyBatch } from './key-batch.ts';

/** Items of each list that are looked at: the first ones. */
const SAMPLE = 4096;

/** Longer ones are not looked at. */
const MOST_CHARACTERS = 1024;

interface Trait {
  /** For the warning: "..., but only some have WHAT". */
  readonly what: string;
  has(text: string): boolean;
}

const LETTER = /\p{L}/u;

const TRAITS: readonly Trait[] = [
  { what: 'quotes around them', has: (text) => /^(["']).*\1$/s.test(text.trim()) },
  { what: 'blanks around them', has: (text) => text !== text.trim() },
  { what: 'upper case', has: (text) => text !== text.toLowerCase() },
  {
    what: 'accents as characters of their own (not Unicode NFC)',
    has: (text) => text !== text.normalize('NFC'),
  },
  { what: 'leading zeros', has: (text) => /^0\d+$/.test(text) },
  { what: 'invisible characters', has: (text) => /[\u00ad\u200b-\u200d\u2060\ufeff]/.test(text) },
  { what: 'line ends inside', has: (text) => /[\r\n]/.test(text) },
  { what: 'carriage returns inside', has: (text) => text.includes('\r') },
  { what: 'hashes or other long hexadecimal numbers', has: (text) => /^[0-9a-f]{32,}$/i.test(text) },
];

/** What of the first items of one list has which trait. */
export class TraitSample {
  #items = 0;
  readonly #found = new Int32Array(TRAITS.length);
  #letters = 0;

  /** Whether it has seen enough. */
  get isFull(): boolean {
    return this.#items >= SAMPLE;
  }

  /** Looks at the items of a batch, until it has seen enough. */
  add(batch: KeyBatch): void {
    const { bytes, start, end, count } = batch;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let i = 0; i < count && !this.isFull; i++) this.note(text.toString('utf8', start[i], end[i]));
  }

  note(text: string): void {
    if (text === '' || text.length > MOST_CHARACTERS) return;
    this.#items++;
    if (LETTER.test(text)) this.#letters++;
    for (const [i, trait] of TRAITS.entries()) {
      if (trait.has(text)) this.#found[i] = (this.#found[i] ?? 0) + 1;
    }
  }

  /** undefined: it has no items that would tell. */
  hasTrait(trait: number): boolean | undefined {
    const found = (this.#found[trait] ?? 0) > 0;
    if (found) return true;
    // Without letters there is no case to differ in.
    const comparable = TRAITS[trait]?.what === 'upper case' ? this.#letters : this.#items;
    return comparable > 0 ? false : undefined;
  }
}

/** In what some of the lists differ from others, and which have it: sentences without items. */
export function describeDifferences(samples: readonly TraitSample[]): readonly string[] {
  return TRAITS.flatMap(({ what }, trait) => {
    const having = samples.flatMap((sample, i) =>
      sample.hasTrait(trait) === true ? [`input_data${i}`] : [],
    );
    const lacking = samples.some((sample) => sample.hasTrait(trait) === false);
    return having.length > 0 && lacking ? [`${what} (${having.join(', ')})`] : [];
  });
}
