/** Looking at JSON text without losing its bytes: where a member's value stands, and whether the text is of bounded depth. */
import { quoted } from '@gaiwan/errors';
import { limits } from '../limits.ts';
import { Refusal } from '../refusal.ts';

const MAX_DEPTH = limits.jsonDepth.value;

const bad = (what: string): Refusal => new Refusal('malformed', `JSON: ${what}.`);

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Position after the string that begins at `at`. */
function skipString(json: string, at: number): number {
  for (let end = at + 1; end < json.length; end++) {
    const char = json.charCodeAt(end);
    if (char === QUOTE) return end + 1;
    if (char === BACKSLASH) end++;
  }
  throw bad('a string does not end');
}

function skipSpace(json: string, from: number): number {
  let at = from;
  for (;;) {
    const char = json.charCodeAt(at);
    if (char !== 0x20 && char !== 0x09 && char !== 0x0a && char !== 0x0d) return at;
    at++;
  }
}

/** Position after the value that begins at `at`; brackets are only counted, `JSON.parse` judges what is between them. */
function skipValue(json: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < json.length) {
    const char = json.charCodeAt(at);
    if (char === QUOTE) {
      at = skipString(json, at);
      if (depth === 0) return at;
      continue;
    }
    if (char === 0x7b || char === 0x5b) {
      if (++depth > MAX_DEPTH) throw bad(`deeper than ${MAX_DEPTH} levels`);
    } else if (char === 0x7d || char === 0x5d) {
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (depth === 0 && char === 0x2c) return at;
    at++;
  }
  return at;
}

/** The members of the object that the text is, each with the exact text of its value. A repeated name is malformed. */
export function jsonMembers(json: string): Map<string, string> {
  const members = new Map<string, string>();
  let at = skipSpace(json, 0);
  if (json[at] !== '{') throw bad('it is not an object');
  at = skipSpace(json, at + 1);
  while (json[at] !== '}') {
    if (json.charCodeAt(at) !== QUOTE) throw bad('a name is missing');
    const nameEnd = skipString(json, at);
    const name = parse(json.slice(at, nameEnd));
    if (typeof name !== 'string') throw bad('a name is not a text');
    at = skipSpace(json, nameEnd);
    if (json[at] !== ':') throw bad('a colon is missing');
    at = skipSpace(json, at + 1);
    const end = skipValue(json, at);
    if (end === at) throw bad('a value is missing');
    if (members.has(name)) throw bad(`the name ${quoted(name)} stands twice`);
    members.set(name, json.slice(at, end).trimEnd());
    at = skipSpace(json, end);
    if (json[at] === ',') {
      at = skipSpace(json, at + 1);
      if (json[at] === '}') throw bad('a name is missing');
    } else if (json[at] !== '}') throw bad('a comma is missing');
  }
  if (skipSpace(json, at + 1) !== json.length) throw bad('there is something after the object');
  return members;
}

/** The elements of the array that the text is, each by its exact text. */
export function jsonElements(json: string): string[] {
  const elements: string[] = [];
  let at = skipSpace(json, 0);
  if (json[at] !== '[') throw bad('it is not an array');
  at = skipSpace(json, at + 1);
  while (json[at] !== ']') {
    const end = skipValue(json, at);
    if (end === at) throw bad('a value is missing');
    elements.push(json.slice(at, end).trimEnd());
    at = skipSpace(json, end);
    if (json[at] === ',') {
      at = skipSpace(json, at + 1);
      if (json[at] === ']') throw bad('a value is missing');
    } else if (json[at] !== ']') throw bad('a comma is missing');
  }
  if (skipSpace(json, at + 1) !== json.length) throw bad('there is something after the array');
  return elements;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw bad('it is not valid');
  }
}

/** Value of JSON text within the limit of levels. Throws `Refusal` "malformed". */
export function parseJson(json: string): unknown {
  const at = skipSpace(json, 0);
  if (skipSpace(json, skipValue(json, at)) !== json.length) throw bad('there is something after the value');
  return parse(json);
}

/** The object that the text is. Throws `Refusal` "malformed". */
export function parseJsonObject(json: string): Record<string, unknown> {
  const value = parseJson(json);
  if (!isObject(value)) throw bad('it is not an object');
  return value;
}

/** Whether a value is an object, and neither an array nor null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
