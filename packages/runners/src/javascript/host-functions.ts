/** What the prelude can ask of its host. Nothing but text, numbers and bytes crosses, and copies of those. */
import { TextDecoder } from 'node:util';
import type { QuickJSContext, QuickJSHandle } from 'quickjs-emscripten-core';
import type { Files } from '../files.ts';
import { writeAll } from '../io.ts';
import { limits } from '../limits.ts';
import { RefusedError } from '../refused-error.ts';
import { refusalInside } from './errors.ts';

/** Per request for text. */
const TEXT_CHUNK = 64 << 10;
const MAX_READ = limits.javascriptRead.value;

type Answer = string | number | ArrayBuffer | undefined;
type HostCall = (...args: QuickJSHandle[]) => Answer;

/** An object of functions, inside the engine. `files` is asked for when one is called: a context is made before the job comes. */
export function hostFunctions(context: QuickJSContext, files: () => Files): QuickJSHandle {
  const decoders = new Map<number, TextDecoder>();
  const number = (handle: QuickJSHandle | undefined): number =>
    handle ? context.getNumber(handle) : Number.NaN;
  const text = (handle: QuickJSHandle | undefined): string => (handle ? context.getString(handle) : '');
  const withBytes = <T>(args: readonly QuickJSHandle[], use: (bytes: Uint8Array) => T): T => {
    const [buffer, offset, length] = args;
    if (!buffer) throw new TypeError('No bytes.');
    const view = context.getArrayBuffer(buffer);
    try {
      const start = number(offset);
      return use(view.value.subarray(start, start + number(length)));
    } finally {
      view.dispose();
    }
  };
  const calls: Record<string, HostCall> = {
    open: (name) => files().open(text(name)).handle,
    create: (name) => files().create(text(name)),
    read(handle, length) {
      const wanted = number(length);
      if (wanted > MAX_READ) throw new RangeError('read() takes at most 1 GiB at once.');
      return readExactly(files(), number(handle), wanted);
    },
    readText(handle) {
      const id = number(handle);
      const decoder = decoders.get(id) ?? new TextDecoder('utf-8', { ignoreBOM: true });
      decoders.set(id, decoder);
      for (const buffer = new Uint8Array(TEXT_CHUNK); ; ) {
        const got = files().read(id, buffer);
        const part = decoder.decode(buffer.subarray(0, got), { stream: got > 0 });
        if (part !== '' || got === 0) return pack(part);
      }
    },
    write(handle, ...bytes) {
      withBytes(bytes, (part) => files().write(number(handle), part));
      return undefined;
    },
    writeText(handle, value) {
      files().write(number(handle), Buffer.from(unpack(text(value))));
      return undefined;
    },
    close(handle) {
      const id = number(handle);
      decoders.delete(id);
      files().close(id);
      return undefined;
    },
    log(line) {
      writeAll(2, Buffer.from(`${unpack(text(line))}\n`));
      return undefined;
    },
    encode: (value) => new Uint8Array(Buffer.from(unpack(text(value)))).buffer,
    decode: (...bytes) => withBytes(bytes, (part) => pack(new TextDecoder().decode(part))),
  };
  const object = context.newObject();
  for (const [name, call] of Object.entries(calls)) {
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
  return object;
}

/** Text crosses as C strings, which NUL ends. The prelude has the same pair. */
function pack(text: string): string {
  return text.includes('\0') ? `j${JSON.stringify(text)}` : `p${text}`;
}

/** Throws for what is no JSON, if the function's prelude was tampered with. */
export function unpack(packed: string): string {
  return packed.startsWith('j') ? String(JSON.parse(packed.slice(1))) : packed.slice(1);
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

function answer(context: QuickJSContext, value: Answer): QuickJSHandle {
  if (typeof value === 'string') return context.newString(value);
  if (typeof value === 'number') return context.newNumber(value);
  return value === undefined ? context.undefined : context.newArrayBuffer(value);
}
