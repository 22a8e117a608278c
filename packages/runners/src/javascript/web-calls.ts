/** What stands behind the web's interfaces, for those functions that use one. */
import { TextDecoder } from 'node:util';
import type { QuickJSHandle } from 'quickjs-emscripten-core';
import { limits } from '../limits.ts';
import { pack } from './text.ts';

/** Functions of the host by name. */
export type HostCalls = Readonly<
  Record<string, (...args: QuickJSHandle[]) => string | number | ArrayBuffer | undefined>
>;

/** How arguments are taken out of the engine. All throw for what they are not. */
export interface Arguments {
  /** Packed. */
  readonly text: (handle: QuickJSHandle | undefined) => string;
  readonly number: (handle: QuickJSHandle | undefined) => number;
  /** A buffer, an offset and a length: a copy of the bytes, while `use` runs. */
  readonly withBytes: <T>(args: readonly QuickJSHandle[], use: (bytes: Uint8Array) => T) => T;
}

const MAX_URL = limits.javascriptUrl.value;
const MAX_RANDOM = 65_536;
const HASHES: ReadonlyMap<string, string> = new Map([
  ['SHA-1', 'sha1'],
  ['SHA-256', 'sha256'],
  ['SHA-384', 'sha384'],
  ['SHA-512', 'sha512'],
]);
/** In the order in which they are told to the prelude. */
const PARTS = [
  'href',
  'origin',
  'protocol',
  'username',
  'password',
  'host',
  'hostname',
  'port',
  'pathname',
  'search',
  'hash',
] as const;
type Part = (typeof PARTS)[number];

const lenient = new TextDecoder('utf-8', { ignoreBOM: true });
const strict = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });

/** Undefined as an answer says that the argument is not what it should be: the prelude throws the error for it. */
export function webCalls({ text, number, withBytes }: Arguments): HostCalls {
  return {
    encode: (value) => new Uint8Array(Buffer.from(text(value))).buffer,
    encodeInto(value, room) {
      const source = text(value);
      // A buffer of the engine crosses as a copy, so the answer is one: how much was read, and the bytes.
      const answer = Buffer.alloc(4 + Math.min(number(room) >>> 0, 3 * source.length));
      const { read, written } = new TextEncoder().encodeInto(source, answer.subarray(4));
      answer.writeUInt32BE(read);
      return new Uint8Array(answer.subarray(0, 4 + written)).buffer;
    },
    decode(encoding, fatal, ...bytes) {
      const from = text(encoding);
      const isFatal = number(fatal) === 1;
      return withBytes(bytes, (part) =>
        packed(from === 'utf-8' ? utf8(part, isFatal) : utf16(from, part, isFatal)),
      );
    },
    toBase64: (value) => pack(Buffer.from(text(value), 'latin1').toString('base64')),
    fromBase64: (value) => pack(Buffer.from(text(value), 'base64').toString('latin1')),
    random: (length) =>
      crypto.getRandomValues(new Uint8Array(Math.min(number(length) >>> 0, MAX_RANDOM))).buffer,
    digest(name, ...bytes) {
      const hash = HASHES.get(text(name));
      if (hash === undefined) return undefined;
      // Loading it costs a start more than all else here.
      const { createHash } = process.getBuiltinModule('node:crypto');
      return withBytes(bytes, (part) => new Uint8Array(createHash(hash).update(part).digest()).buffer);
    },
    parseUrl: (url, base) => packed(describeUrl(bounded(text(url)), base && bounded(text(base)))),
    changeUrl(url, part, value) {
      const name = PARTS.find((one) => one === text(part));
      const changed = bounded(text(value));
      return name && packed(changeUrl(bounded(text(url)), name, changed));
    },
    parseQuery: (query) => pack(JSON.stringify([...new URLSearchParams(bounded(text(query)))])),
    formatQuery: (pairs) => pack(new URLSearchParams(JSON.parse(bounded(text(pairs)))).toString()),
  };
}

const packed = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : pack(text);

function bounded(text: string): string {
  if (text.length > MAX_URL)
    throw new RangeError(
      `A URL, or its parameters, are longer than the ${MAX_URL} characters that are taken.`,
    );
  return text;
}

function utf8(bytes: Uint8Array, fatal: boolean): string | undefined {
  if (!fatal) return lenient.decode(bytes);
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

function utf16(encoding: string, bytes: Uint8Array, fatal: boolean): string | undefined {
  const odd = bytes.length % 2;
  const units = Buffer.from(bytes.subarray(0, bytes.length - odd));
  const text = (encoding === 'utf-16be' ? units.swap16() : units).toString('utf16le');
  if (fatal) return odd === 0 && text.isWellFormed() ? text : undefined;
  // Half a unit after half of a pair: the two are one fault.
  const half = odd === 1 && !/[\ud800-\udbff]$/.test(text) ? '\ufffd' : '';
  return text.toWellFormed() + half;
}

function describeUrl(url: string, base: string | undefined): string | undefined {
  const parsed = URL.parse(url, base);
  return parsed ? JSON.stringify(PARTS.map((name) => parsed[name])) : undefined;
}

function changeUrl(url: string, part: Part, value: string): string | undefined {
  const parsed = URL.parse(url);
  if (!parsed) return undefined;
  if (part === 'href') return describeUrl(value, undefined);
  // It has no setter.
  if (part !== 'origin') parsed[part] = value;
  return describeUrl(parsed.href, undefined);
}
