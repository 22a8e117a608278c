/** Untrusted JSON, read field by field. Texts of refusals are close to serde's, without its positions. */
import { isUtf8 } from 'node:buffer';
import { FunctionError } from '../refusal.ts';
import { jsonFault } from './json-scan.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object: neither null nor an array. */
const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `what` names the document in refusals. */
export class JsonReader {
  readonly #what: string;

  constructor(what: string) {
    this.#what = what;
  }

  fail(text: string): never {
    throw new FunctionError('invalid-model', `The ${this.#what} is not as it should be: ${text}.`);
  }

  /** Throws `FunctionError` for what is no JSON object in UTF-8, and for one that would take far more than its size. */
  parse(bytes: Buffer): JsonObject {
    if (!isUtf8(bytes)) throw new FunctionError('invalid-model', `The ${this.#what} is not UTF-8.`);
    const fault = jsonFault(bytes);
    if (fault !== undefined) this.fail(fault);
    let parsed: unknown;
    try {
      parsed = JSON.parse(bytes.toString());
    } catch {
      // V8's message quotes the text, which may be another party's.
      throw new FunctionError('invalid-model', `The ${this.#what} is no JSON.`);
    }
    return this.#object(parsed, 'it');
  }

  #field(from: JsonObject, name: string): unknown {
    return Object.hasOwn(from, name) ? from[name] : this.fail(`missing field \`${name}\``);
  }

  #object(value: unknown, name: string): JsonObject {
    return isObject(value) ? value : this.fail(`${name} must be an object`);
  }

  /** The raw value, or undefined where there is none. */
  optional(from: JsonObject, name: string): unknown {
    return Object.hasOwn(from, name) ? from[name] : undefined;
  }

  object(from: JsonObject, name: string): JsonObject {
    return this.#object(this.#field(from, name), `\`${name}\``);
  }

  /** Each item must be an object. */
  objects(from: JsonObject, name: string): JsonObject[] {
    return this.#array(from, name).map((item) => this.#object(item, `each of \`${name}\``));
  }

  numbers(from: JsonObject, name: string): number[] {
    return this.#array(from, name).map((item) =>
      typeof item === 'number' ? item : this.fail(`each of \`${name}\` must be a number`),
    );
  }

  strings(from: JsonObject, name: string): string[] {
    return this.#array(from, name).map((item) =>
      typeof item === 'string' ? item : this.fail(`each of \`${name}\` must be a string`),
    );
  }

  #array(from: JsonObject, name: string): unknown[] {
    const value = this.#field(from, name);
    return Array.isArray(value) ? value : this.fail(`\`${name}\` must be an array`);
  }

  number(from: JsonObject, name: string): number {
    const value = this.#field(from, name);
    return typeof value === 'number' && Number.isFinite(value)
      ? value
      : this.fail(`\`${name}\` must be a number`);
  }

  /** A number in 32 bits, rounded as serde does it: from the nearest double. */
  single(from: JsonObject, name: string): number {
    const value = Math.fround(this.number(from, name));
    return Number.isFinite(value) ? value : this.fail(`\`${name}\` is too large for 32 bits`);
  }

  /** An integer from `minimum` to `maximum`. */
  integer(from: JsonObject, name: string, maximum: number, minimum = 0): number {
    const value = this.number(from, name);
    if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
    return this.fail(`\`${name}\` must be an integer from ${minimum} to ${maximum}`);
  }

  boolean(from: JsonObject, name: string): boolean {
    const value = this.#field(from, name);
    return typeof value === 'boolean' ? value : this.fail(`\`${name}\` must be true or false`);
  }

  /** The raw value, for a type of the caller's own. */
  value(from: JsonObject, name: string): unknown {
    return this.#field(from, name);
  }
}
