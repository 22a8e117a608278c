/** Walking through JSON of any shape: values with the place where they stand, and the exact text of those whose bytes are signed. */

import { utf8Bytes } from '../bytes.ts';
import { isObject, jsonElements, jsonMembers, parseJson } from '../json/scan.ts';
import { limits } from '../limits.ts';
import { Refusal, unlessRefused } from '../refusal.ts';
import { decodings, isByteList } from './encodings.ts';

/** A value in a document. */
export interface JsonNode {
  /** The name of the member, or the index of the element, that it is, or that the text is whose document it is; undefined for the whole. */
  readonly step: Step | undefined;
  readonly value: unknown;
  /**
   * Where it stands, e.g. "evidence.quote" or "cert_chain[0].data"; empty for the whole. It is cut after 256 characters, and made when it
   * is asked for: names may be as long as the document.
   */
  readonly path: () => string;
  /** Its exact text. Throws `Refusal` "malformed" where a name on the way stands twice. */
  readonly text: () => string;
}

/** Looks at a value; true: it was taken as a whole, and what is inside does not count. */
type Visitor = (node: JsonNode) => boolean;

type Step = string | number;

/** Of a place, as it is told to people. */
const MOST_OF_A_PATH = 256;

/** Where a value stands. Its exact text is looked for when it is asked for, and each text is taken apart once. */
class Place {
  readonly #parent: Place | undefined;
  readonly step: Step | undefined;
  #text: string | undefined;
  #parts: ReadonlyMap<Step, string> | undefined;

  private constructor(parent: Place | undefined, step: Step | undefined, text?: string) {
    this.#parent = parent;
    this.step = step;
    this.#text = text;
  }

  static whole(document: string): Place {
    return new Place(undefined, undefined, document);
  }

  /** A document that is the value of the text here. */
  inside(document: string): Place {
    return new Place(this.#parent, this.step, document);
  }

  at(step: Step): Place {
    return new Place(this, step);
  }

  path(): string {
    const steps: Step[] = [];
    if (this.step !== undefined) steps.push(this.step);
    for (let above = this.#parent; above?.step !== undefined; above = above.#parent) steps.push(above.step);
    let path = '';
    for (const step of steps.toReversed()) {
      path += nameOf(path, step);
      if (path.length > MOST_OF_A_PATH) return `${path.slice(0, MOST_OF_A_PATH)}…`;
    }
    return path;
  }

  text(): string {
    if (this.step !== undefined) this.#text ??= this.#parent?.part(this.step);
    if (this.#text === undefined) throw new Refusal('malformed', 'JSON: a value is missing.');
    return this.#text;
  }

  part(step: Step): string | undefined {
    this.#parts ??=
      typeof step === 'number' ? new Map(jsonElements(this.text()).entries()) : jsonMembers(this.text());
    return this.#parts.get(step);
  }
}

function nameOf(before: string, step: Step): string {
  if (typeof step === 'number') return `[${step}]`;
  const name = step.slice(0, MOST_OF_A_PATH + 1);
  return before === '' ? name : `.${name}`;
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

  constructor(visit: Visitor) {
    this.#visit = visit;
  }

  document(json: string): void {
    this.#value(parseJson(json), Place.whole(json), 0);
  }

  /** `depth`: of documents inside texts. All values of a file count together, also those of such documents. */
  #value(value: unknown, place: Place, depth: number): void {
    this.#nodes++;
    if (this.#nodes > limits.envelopeValues.value)
      throw new Refusal('malformed', `JSON of more than ${limits.envelopeValues.value} values.`);
    const { step } = place;
    if (this.#visit({ step, value, path: () => place.path(), text: () => place.text() })) return;
    if (typeof value === 'string') this.#nested(value, place, depth);
    else if (isObject(value)) {
      for (const [name, inner] of Object.entries(value)) this.#value(inner, place.at(name), depth);
      return;
    }
    const items: readonly unknown[] = Array.isArray(value) && !isByteList(value) ? value : [];
    for (const [index, inner] of items.entries()) this.#value(inner, place.at(index), depth);
  }

  #nested(value: string, place: Place, depth: number): void {
    if (depth >= limits.envelopeNesting.value) return;
    const inner = nested(value);
    // A text that only begins like JSON is a text. What refuses a value inside of it refuses the file.
    const document = inner === undefined ? undefined : unlessRefused(() => parseJson(inner));
    if (inner !== undefined && document !== undefined) this.#value(document, place.inside(inner), depth + 1);
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
  new Walk(visit).document(json);
}

/** A document's exact bytes. */
export const bytesOfNode = (node: JsonNode): Uint8Array => utf8Bytes(node.text());
