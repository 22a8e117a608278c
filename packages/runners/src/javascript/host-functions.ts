/**
 * What the prelude can ask of its host. Nothing but text, numbers and bytes crosses, and copies of those. A function that
 * tampers with its prelude can call all of it with whatever it likes.
 */
import { TextDecoder } from 'node:util';
import type { QuickJSContext, QuickJSHandle } from 'quickjs-emscripten-core';
import type { Files } from '../files.ts';
import { sleep, writeAll } from '../io.ts';
import { limits } from '../limits.ts';
import { RefusedError } from '../refused-error.ts';
import { refusalInside } from './errors.ts';
import { pack, unpack } from './text.ts';
import { offers, parts } from './web/parts.ts';
import { type Arguments, type HostCalls, webCalls } from './web-calls.ts';

/** Per request for text. */
const TEXT_CHUNK = 64 << 10;
const MAX_READ = limits.javascriptRead.value;

/** An object of functions, inside the engine. `files` is asked for when one is called: a context is made before the job comes. */
export function hostFunctions(context: QuickJSContext, files: () => Files): QuickJSHandle {
  const object = context.newObject();
  const taken = argumentsOf(context);
  const provide = (calls: HostCalls): void => {
    for (const [name, call] of Object.entries(calls)) provideOne(context, object, name, call);
  };
  let complete = false;
  provide({
    ...fileCalls(taken, files),
    log(line) {
      writeAll(2, Buffer.from(`${taken.text(line)}\n`));
      return undefined;
    },
    sleep(milliseconds) {
      sleep(taken.number(milliseconds));
      return undefined;
    },
    parts: () => offers,
    part(name) {
      // Few functions want what stands behind them, and each start would pay for it.
      if (!complete) provide(webCalls(taken));
      complete = true;
      return parts.get(taken.text(name)) ?? '';
    },
  });
  return object;
}

function argumentsOf(context: QuickJSContext): Arguments {
  const number = (handle: QuickJSHandle | undefined): number =>
    handle ? context.getNumber(handle) : Number.NaN;
  return {
    number,
    text: (handle) => unpack(handle ? context.getString(handle) : ''),
    withBytes([buffer, offset, length], use) {
      if (!buffer) throw new TypeError('No bytes.');
      const view = context.getArrayBuffer(buffer);
      try {
        const start = number(offset);
        return use(view.value.subarray(start, start + number(length)));
      } finally {
        view.dispose();
      }
    },
  };
}

function fileCalls({ text, number, withBytes }: Arguments, files: () => Files): HostCalls {
  const decoders = new Map<number, TextDecoder>();
  return {
    open: (name) => files().open(text(name)).handle,
    create: (name) => files().create(text(name)),
    read(handle, length) {
      const wanted = number(length);
      if (wanted > MAX_READ) throw new RangeError('read() takes at most 1 GiB at once.');
      const id = number(handle);
      const bytes = readExactly(files(), id, wanted);
      // A byte order mark stands at the start of a file, and nowhere else.
      if (bytes.byteLength > 0 && !decoders.has(id))
        decoders.set(id, new TextDecoder('utf-8', { ignoreBOM: true }));
      return bytes;
    },
    readText(handle) {
      const id = number(handle);
      const decoder = decoders.get(id) ?? new TextDecoder();
      for (const buffer = new Uint8Array(TEXT_CHUNK); ; ) {
        const got = files().read(id, buffer);
        // The handle is open: others are refused, and nothing is kept of them.
        decoders.set(id, decoder);
        const part = decoder.decode(buffer.subarray(0, got), { stream: got > 0 });
        if (part !== '' || got === 0) return pack(part);
      }
    },
    write(handle, ...bytes) {
      withBytes(bytes, (part) => files().write(number(handle), part));
      return undefined;
    },
    writeText(handle, value) {
      files().write(number(handle), Buffer.from(text(value)));
      return undefined;
    },
    close(handle) {
      const id = number(handle);
      decoders.delete(id);
      files().close(id);
      return undefined;
    },
  };
}

function provideOne(
  context: QuickJSContext,
  object: QuickJSHandle,
  name: string,
  call: HostCalls[string],
): void {
  const guest = context.newFunction(name, (...args) => {
    try {
      return answer(context, call(...args));
    } catch (error) {
      // Of other errors the engine copies name and message by itself.
      if (!(error instanceof RefusedError)) throw error;
      return { error: refusalInside(context, error) };
    }
  });
  context.setProp(object, name, guest);
  guest.dispose();
}

/** Grows with what is there, so that asking for much costs nothing. */
function readExactly(files: Files, handle: number, wanted: number): ArrayBuffer {
  let bytes = new Uint8Array(Math.min(wanted, 1 << 20));
  let filled = 0;
  while (filled < wanted) {
    if (filled === bytes.length) {
      const larger = new Uint8Array(Math.min(wanted, 2 * bytes.length));
      larger.set(bytes);
      bytes = larger;
    }
    const got = files.read(handle, bytes.subarray(filled));
    if (got === 0) break;
    filled += got;
  }
  return bytes.buffer.slice(0, filled);
}

function answer(context: QuickJSContext, value: ReturnType<HostCalls[string]>): QuickJSHandle {
  if (typeof value === 'string') return context.newString(value);
  if (typeof value === 'number') return context.newNumber(value);
  return value === undefined ? context.undefined : context.newArrayBuffer(value);
}
