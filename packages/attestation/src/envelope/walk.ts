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

/** The exact text of the value at the end of a path. */
function textAt(document: string, path: readonly Step[]): string {
  let text = document;
  for (const step of path) {
    const inner = typeof step === 'number' ? jsonElements(text)[step] : jsonMembers(text).get(step);
    if (inner === undefined) throw new Refusal('malformed', `JSON: there is no ${step}.`);
    text = inner;
  }
  return text;
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

  constructor(visit: Visitor) {
    this.#visit = visit;
  }

  document(json: string, at: string, depth: number): void {
    this.#value(parseJson(json), at, { json, path: [], depth });
  }

  #value(value: unknown, at: string, within: Within): void {
    if (this.#visit({ at, value, text: () => textAt(within.json, within.path) })) return;
    if (typeof value === 'string') this.#nested(value, at, within.depth);
    else if (isObject(value)) {
      for (const [name, inner] of Object.entries(value)) this.#step(inner, at, within, name);
      return;
    }
    const items: readonly unknown[] = Array.isArray(value) && !isByteList(value) ? value : [];
    for (const [index, inner] of items.entries()) this.#step(inner, at, within, index);
  }

  #step(value: unknown, at: string, within: Within, step: Step): void {
    this.#value(value, nameOf(at, step), { ...within, path: [...within.path, step] });
  }

  #nested(value: string, at: string, depth: number): void {
    if (depth >= limits.envelopeNesting.value) return;
    const inner = nested(value);
    if (inner === undefined) return;
    try {
      this.document(inner, at, depth + 1);
    } catch (error) {
      // A text that only begins like JSON is a text.
      if (!(error instanceof Refusal)) throw error;
    }
  }
}

interface Within {
  readonly json: string;
  readonly path: readonly Step[];
  /** Of documents inside texts. */
  readonly depth: number;
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
