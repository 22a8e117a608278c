/** Walking through JSON of any shape: values with the place where they stand, and the exact text of those whose bytes are signed. */

import { utf8Bytes } from '../bytes.ts';
import { isObject, jsonElements, jsonMembers, parseJson } from '../json/scan.ts';
import { limits } from '../limits.ts';
import { Refusal } from '../refusal.ts';
import { decodings, isByteList } from './encodings.ts';

/** A value in a document. */
export interface JsonNode {
  /** Where it stands, e.g. "evidence.quote" or "cert_chain[0].data"; empty for the document itself. */
  readonly at: string;
  readonly value: unknown;
  /** Its exact text. Throws `Refusal` "malformed" where a name on the way stands twice. */
  readonly text: () => string;
}

/** Looks at a value; true: it was taken as a whole, and what is inside does not count. */
type Visitor = (node: JsonNode) => boolean;

type Step = string | number;

/** Where a value stands. Its exact text is looked for when it is asked for, and each text is taken apart once. */
class Place {
  readonly #parent: Place | undefined;
  readonly #step: Step;
  #text: string | undefined;
  #parts: ReadonlyMap<Step, string> | undefined;

  private constructor(parent: Place | undefined, step: Step, text?: string) {
    this.#parent = parent;
    this.#step = step;
    this.#text = text;
  }

  static whole(document: string): Place {
    return new Place(undefined, '', document);
  }

  at(step: Step): Place {
    return new Place(this, step);
  }

  text(): string {
    this.#text ??= this.#parent?.part(this.#step);
    if (this.#text === undefined) throw new Refusal('malformed', `JSON: there is no ${this.#step}.`);
    return this.#text;
  }

  part(step: Step): string | undefined {
    this.#parts ??=
      typeof step === 'number' ? new Map(jsonElements(this.text()).entries()) : jsonMembers(this.text());
    return this.#parts.get(step);
  }
}

function nameOf(at: string, step: Step): string {
  if (typeof step === 'number') return `${at}[${step}]`;
  return at === '' ? step : `${at}.${step}`;
}

function looksLikeJson(text: string): boolean {
  const first = text.trimStart()[0];
  return first === '{' || first === '[';
}

/** A document inside a text, as it is or in base64. */
function nested(value: string): string | undefined {
  if (looksLikeJson(value)) return value;
  for (const bytes of decodings(value)) {
    if (bytes[0] !== 0x7b) continue;
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      // It is no text.
    }
  }
  return undefined;
}

class Walk {
  readonly #visit: Visitor;
  #nodes = 0;

  /** It counts for the whole file, wherever in it the limit was reached. */
  get #isTooMuch(): boolean {
    return this.#nodes > limits.envelopeValues.value;
  }

  constructor(visit: Visitor) {
    this.#visit = visit;
  }

  /** `depth`: of documents inside texts. */
  document(json: string, at: string, depth: number): void {
    this.#value(parseJson(json), at, Place.whole(json), depth);
  }

  #value(value: unknown, at: string, place: Place, depth: number): void {
    this.#nodes++;
    if (this.#isTooMuch)
      throw new Refusal('malformed', `JSON of more than ${limits.envelopeValues.value} values.`);
    if (this.#visit({ at, value, text: () => place.text() })) return;
    if (typeof value === 'string') this.#nested(value, at, depth);
    else if (isObject(value)) {
      for (const [name, inner] of Object.entries(value))
        this.#value(inner, nameOf(at, name), place.at(name), depth);
      return;
    }
    const items: readonly unknown[] = Array.isArray(value) && !isByteList(value) ? value : [];
    for (const [index, inner] of items.entries())
      this.#value(inner, nameOf(at, index), place.at(index), depth);
  }

  #nested(value: string, at: string, depth: number): void {
    if (depth >= limits.envelopeNesting.value) return;
    const inner = nested(value);
    if (inner === undefined) return;
    try {
      this.document(inner, at, depth + 1);
    } catch (error) {
      // A text that only begins like JSON is a text.
      if (!(error instanceof Refusal) || this.#isTooMuch) throw error;
    }
  }
}

/**
 * Shows every value of a document to a visitor, outer ones first, also those of documents that stand in its texts.
 *
 * @throws {Refusal} `malformed` for what is no JSON, is too long or too deep
 */
export function walkJson(json: string, visit: Visitor): void {
  if (json.length > limits.envelope.value)
    throw new Refusal('malformed', `JSON of more than ${limits.envelope.value} characters.`);
  new Walk(visit).document(json, '', 0);
}

/** A document's exact bytes. */
export const bytesOfNode = (node: JsonNode): Uint8Array => utf8Bytes(node.text());
