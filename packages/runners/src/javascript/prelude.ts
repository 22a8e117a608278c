/**
 * What a JavaScript function finds around it, written in its own language and run inside its own engine, before it. The host
 * gives functions that take and return nothing but text, numbers and buffers; they stay in this closure.
 * `packages/runners/function-types` declares it for developers.
 */
export const PRELUDE: string = String.raw`(function (host) {
  'use strict';
  const CHUNK = 65536;
  // Text crosses as C strings, which NUL ends.
  const { stringify, parse } = JSON;
  const wellFormed = Function.prototype.call.bind(String.prototype.toWellFormed);
  // Half of a pair of surrogates is no character: U+FFFD is, as wherever text becomes bytes.
  const pack = (text) => (text.includes('\0') ? 'j' + stringify(wellFormed(text)) : 'p' + wellFormed(text));
  const unpack = (text) => (text[0] === 'j' ? parse(text.slice(1)) : text.slice(1));
  const readText = (handle) => unpack(host.readText(handle));
  const bytesOf = (data) => {
    if (data instanceof ArrayBuffer) return [data, 0, data.byteLength];
    if (ArrayBuffer.isView(data)) return [data.buffer, data.byteOffset, data.byteLength];
    throw new TypeError('write() takes a string, an ArrayBuffer or a view of one.');
  };
  class Input {
    #handle = 0;
    constructor(name, size) {
      Object.defineProperties(this, { name: { value: name, enumerable: true }, size: { value: size, enumerable: true } });
    }
    #open() {
      if (this.#handle === 0) this.#handle = host.open(pack(this.name));
      return this.#handle;
    }
    read(length = CHUNK) {
      if (!Number.isSafeInteger(length) || length < 0) throw new RangeError('read() takes a number of bytes.');
      return new Uint8Array(host.read(this.#open(), length));
    }
    text() {
      const parts = [];
      for (let part; (part = readText(this.#open())) !== ''; ) parts.push(part);
      return parts.join('');
    }
    *lines() {
      let rest = '';
      for (let part; (part = readText(this.#open())) !== ''; ) {
        rest += part;
        let start = 0;
        for (let end; (end = rest.indexOf('\n', start)) >= 0; start = end + 1) {
          yield rest.slice(start, end > start && rest[end - 1] === '\r' ? end - 1 : end);
        }
        rest = rest.slice(start);
      }
      if (rest !== '') yield rest;
    }
    *[Symbol.iterator]() {
      for (let chunk; (chunk = this.read()).length > 0; ) yield chunk;
    }
    rewind() {
      if (this.#handle !== 0) host.close(this.#handle);
      this.#handle = 0;
    }
  }
  class Output {
    #handle = 0;
    #closed = false;
    constructor(name) {
      Object.defineProperty(this, 'name', { value: name, enumerable: true });
    }
    #open() {
      if (this.#closed) throw new Error('The output ' + this.name + ' is closed.');
      if (this.#handle === 0) this.#handle = host.create(pack(this.name));
      return this.#handle;
    }
    write(data) {
      if (typeof data === 'string') host.writeText(this.#open(), pack(data));
      else host.write(this.#open(), ...bytesOf(data));
    }
    close() {
      host.close(this.#open());
      this.#closed = true;
    }
  }
  const show = (item) => {
    if (typeof item === 'string') return item;
    if (item instanceof Error) return String(item) + '\n' + item.stack;
    try {
      return JSON.stringify(item) ?? String(item);
    } catch {
      return String(item);
    }
  };
  const log = (...items) => host.log(pack(items.map(show).join(' ')));
  const console = {};
  for (const name of ['log', 'info', 'debug', 'warn', 'error']) console[name] = log;
  globalThis.console = console;

  /** Where a standard wants a string. */
  const stringOf = (value) => {
    if (typeof value === 'symbol') throw new TypeError('A symbol is no string.');
    return String(value);
  };
  // What few functions use is made when it is asked for: a start is paid by every job.
  const evaluate = eval;
  const { defineProperty, getOwnPropertyDescriptor } = Object;
  const classes = [Input, Output];
  const turns = { next: () => false };
  const tools = {
    host, pack, unpack, bytesOf, stringOf, turns,
    own: (...made) => classes.push(...made),
    isOwn: (value) => classes.some((one) => value instanceof one),
  };
  const provide = (name, value) => defineProperty(globalThis, name, { value, writable: true, configurable: true });
  const offer = (part, names) => {
    const getters = new Map(names.map((name) => [name, () => (load(), globalThis[name])]));
    const load = () => {
      const made = evaluate(host.part(pack(part)))(tools);
      for (const [name, get] of getters) {
        // A function that has put its own in this place keeps it.
        if (getOwnPropertyDescriptor(globalThis, name)?.get === get) provide(name, made[name]);
      }
    };
    for (const [name, get] of getters) {
      defineProperty(globalThis, name, { get, set: (value) => void provide(name, value), configurable: true });
    }
  };
  for (const [part, names] of parse(host.parts())) offer(part, names);

  const finish = (value) => {
    if (value === undefined) return 'p';
    if (typeof value === 'string') return pack(value);
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      const [buffer, offset, length] = bytesOf(value);
      return buffer.slice(offset, offset + length);
    }
    const text = JSON.stringify(value);
    if (text === undefined) throw new TypeError('main() returned what JSON cannot say.');
    return pack(text);
  };
  const start = (main, text) => {
    if (typeof main !== 'function') throw new TypeError('The code has no function main(inputs, outputs, args): export one.');
    const job = parse(text);
    const inputs = Object.create(null);
    const outputs = Object.create(null);
    for (const { name, size } of job.inputs) inputs[name] = new Input(name, size);
    for (const name of job.outputs) outputs[name] = new Output(name);
    const args = parse(job.arguments);
    for (const { path, digits } of job.integers) {
      let holder = args;
      for (const name of path.slice(0, -1)) holder = holder[name];
      holder[path.at(-1)] = BigInt(digits);
    }
    const returned = main(inputs, outputs, args);
    return returned instanceof Promise ? returned.then(finish) : finish(returned);
  };
  return { start, turn: () => (turns.next() ? 1 : 0) };
})`;
