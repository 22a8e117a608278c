/** `structuredClone` by the HTML Standard, for what the language itself has. */
export const CLONE: string = `(function (tools) {
  'use strict';
  const { isOwn } = tools;
  const { getPrototypeOf, prototype: objects } = Object;
  const TypedArray = getPrototypeOf(Uint8Array);
  const getter = (holder, name) => Object.getOwnPropertyDescriptor(holder, name).get;
  const kindOfArray = getter(TypedArray.prototype, Symbol.toStringTag);
  const ERRORS = { EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
  const refusal = (what) => new DOMException(what + ' cannot be cloned.', 'DataCloneError');

  /** Whether it has the inner slot that the method asks for, whatever its prototype says. */
  const answers = (method, value) => {
    try {
      method.call(value);
      return true;
    } catch {
      return false;
    }
  };
  /** What it is, and how an empty one of its kind is made. The parts come afterwards, so that circles close. */
  const KINDS = [
    [Date.prototype.getTime, (value) => new Date(Date.prototype.getTime.call(value))],
    [getter(RegExp.prototype, 'hasIndices'), (value) => new RegExp(value.source, value.flags)],
    [Boolean.prototype.valueOf, (value) => Object(Boolean.prototype.valueOf.call(value))],
    [Number.prototype.valueOf, (value) => Object(Number.prototype.valueOf.call(value))],
    [String.prototype.toString, (value) => Object(String.prototype.toString.call(value))],
    [BigInt.prototype.valueOf, (value) => Object(BigInt.prototype.valueOf.call(value))],
    [Symbol.prototype.valueOf, () => {
      throw refusal('A symbol');
    }],
    [getter(ArrayBuffer.prototype, 'byteLength'), (value) => {
      if (value.detached) throw refusal('A detached ArrayBuffer');
      return value.slice(0);
    }],
  ];
  const BARRED = [WeakMap, WeakSet, WeakRef, Promise, FinalizationRegistry, SharedArrayBuffer, Iterator];

  function structuredClone(value, options = {}) {
    if (arguments.length === 0) throw new TypeError('structuredClone() takes a value.');
    const transfer = Array.from(options?.transfer ?? []);
    for (const [index, buffer] of transfer.entries()) {
      if (!(buffer instanceof ArrayBuffer) || buffer.detached || transfer.indexOf(buffer) !== index) {
        throw refusal('What is listed for transfer twice, is detached or is no ArrayBuffer');
      }
    }
    const made = clone(value, new Map());
    // Only when all has been cloned, so that a refusal takes nothing away.
    for (const buffer of transfer) buffer.transfer(0);
    return made;
  }
  function clone(value, clones) {
    if (typeof value === 'symbol') throw refusal('A symbol');
    if (typeof value === 'function') throw refusal('A function');
    if (typeof value !== 'object' || value === null) return value;
    if (clones.has(value)) return clones.get(value);
    const keep = (made) => {
      clones.set(value, made);
      return made;
    };
    const prototype = getPrototypeOf(value);
    if (Array.isArray(value)) return properties(value, keep(new Array(value.length)), clones);
    if (prototype === objects || prototype === null) return properties(value, keep({}), clones);
    if (isOwn(value) || BARRED.some((kind) => value instanceof kind)) throw refusal('This object');
    if (ArrayBuffer.isView(value)) return keep(view(value, clones));
    for (const [method, make] of KINDS) if (answers(method, value)) return keep(make(value));
    if (answers(getter(Map.prototype, 'size'), value)) {
      const made = keep(new Map());
      for (const [key, item] of [...Map.prototype.entries.call(value)]) made.set(clone(key, clones), clone(item, clones));
      return made;
    }
    if (answers(getter(Set.prototype, 'size'), value)) {
      const made = keep(new Set());
      for (const item of [...Set.prototype.values.call(value)]) made.add(clone(item, clones));
      return made;
    }
    if (value instanceof Error) return error(value, keep, clones);
    return properties(value, keep({}), clones);
  }
  function properties(from, to, clones) {
    for (const name of Object.keys(from)) {
      // A getter that ran before may have taken it away.
      if (!Object.hasOwn(from, name)) continue;
      const value = clone(from[name], clones);
      Object.defineProperty(to, name, { value, writable: true, enumerable: true, configurable: true });
    }
    return to;
  }
  function view(value, clones) {
    const kind = kindOfArray.call(value);
    const { byteOffset, byteLength } = value;
    const length = kind === undefined ? byteLength : value.length;
    const buffer = clone(value.buffer, clones);
    return kind === undefined ? new DataView(buffer, byteOffset, length) : new globals[kind](buffer, byteOffset, length);
  }
  const globals = {};
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    if (/Array$/.test(name) && getPrototypeOf(globalThis[name] ?? null) === TypedArray) globals[name] = globalThis[name];
  }
  function error(value, keep, clones) {
    const name = String(value.name);
    const Kind = Object.hasOwn(ERRORS, name) ? ERRORS[name] : Error;
    const copied = keep(new Kind());
    delete copied.message;
    const define = (key, item) => Object.defineProperty(copied, key, { value: item, writable: true, configurable: true });
    const message = Object.getOwnPropertyDescriptor(value, 'message');
    if (message && 'value' in message) define('message', String(message.value));
    if (Object.hasOwn(value, 'cause')) define('cause', clone(value.cause, clones));
    define('stack', String(value.stack));
    return copied;
  }
  return { structuredClone };
})`;
