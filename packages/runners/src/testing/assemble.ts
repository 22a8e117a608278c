/** Small WebAssembly modules for tests, written as lists of instructions. */
import { encodeLeb } from '../wasm/cursor.ts';

export interface Assembly {
  /** Module, name, signature ("ii:i": i is i32, I i64, f f32, F f64). Functions are numbered from here. */
  readonly imports?: readonly (readonly [string, string, string])[];
  readonly functions?: readonly {
    readonly export?: string;
    readonly type: string;
    /** Of type i32. */
    readonly locals?: number;
    readonly code: readonly number[];
  }[];
  /** Pages. */
  readonly memory?: { readonly minimum: number; readonly maximum?: number; readonly export?: string };
  /** Functions' indices in a table of as many places. */
  readonly table?: readonly number[];
  readonly start?: number;
  readonly data?: readonly (readonly [number, string | Uint8Array])[];
}

const TYPES: Readonly<Record<string, number>> = { i: 0x7f, I: 0x7e, f: 0x7d, F: 0x7c };

/** Signed LEB128. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7) {
    const low = rest & 0x7f;
    if ((rest >> 7 === 0 && (low & 0x40) === 0) || (rest >> 7 === -1 && (low & 0x40) !== 0))
      return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

export const op = {
  i32: (value: number) => [0x41, ...signed(value | 0)],
  get: (local: number) => [0x20, ...encodeLeb(local)],
  set: (local: number) => [0x21, ...encodeLeb(local)],
  call: (index: number) => [0x10, ...encodeLeb(index)],
  callIndirect: (type: number) => [0x11, ...encodeLeb(type), 0],
  load: [0x28, 2, 0],
  load8: [0x2d, 0, 0],
  store: [0x36, 2, 0],
  add: [0x6a],
  divide: [0x6d],
  remainder: [0x6f],
  drop: [0x1a],
  unreachable: [0x00],
  grow: [0x40, 0],
  size: [0x3f, 0],
  /** For ever. */
  loop: (body: readonly number[]) => [0x03, 0x40, ...body, 0x0c, 0, 0x0b],
  end: 0x0b,
};

const MAGIC = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

export function assemble(assembly: Assembly): Uint8Array<ArrayBuffer> {
  const { imports = [], functions = [], memory, table, start, data = [] } = assembly;
  const types = [...new Set([...imports.map(([, , type]) => type), ...functions.map(({ type }) => type)])];
  const exported = functions.flatMap(({ export: name }, index) =>
    name === undefined ? [] : [[...text(name), 0, ...encodeLeb(imports.length + index)]],
  );
  if (memory?.export !== undefined) exported.push([...text(memory.export), 2, 0]);
  return new Uint8Array([
    ...MAGIC,
    ...section(1, types.map(functionType)),
    ...section(
      2,
      imports.map(([module, name, type]) => [
        ...text(module),
        ...text(name),
        0,
        ...encodeLeb(types.indexOf(type)),
      ]),
    ),
    ...section(
      3,
      functions.map(({ type }) => encodeLeb(types.indexOf(type))),
    ),
    ...section(4, table ? [[0x70, 0, ...encodeLeb(table.length)]] : []),
    ...section(5, memory ? [limits(memory.minimum, memory.maximum)] : []),
    ...section(7, exported),
    ...(start === undefined ? [] : [8, encodeLeb(start).length, ...encodeLeb(start)]),
    ...section(9, table ? [[0, ...op.i32(0), op.end, ...vector(table.map(encodeLeb))]] : []),
    ...section(
      10,
      functions.map(({ locals = 0, code }) => {
        const body = [...(locals ? [1, ...encodeLeb(locals), 0x7f] : [0]), ...code, op.end];
        return [...encodeLeb(body.length), ...body];
      }),
    ),
    ...section(
      11,
      data.map(([offset, bytes]) => {
        const content = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
        return [0, ...op.i32(offset), op.end, ...encodeLeb(content.length), ...content];
      }),
    ),
  ]);
}

function section(id: number, entries: readonly (readonly number[])[]): number[] {
  if (entries.length === 0) return [];
  const contents = vector(entries);
  return [id, ...encodeLeb(contents.length), ...contents];
}

function vector(entries: readonly (readonly number[])[]): number[] {
  return [...encodeLeb(entries.length), ...entries.flat()];
}

function text(value: string): number[] {
  const bytes = Buffer.from(value);
  return [...encodeLeb(bytes.length), ...bytes];
}

function limits(minimum: number, maximum: number | undefined): number[] {
  return maximum === undefined
    ? [0, ...encodeLeb(minimum)]
    : [1, ...encodeLeb(minimum), ...encodeLeb(maximum)];
}

function functionType(signature: string): number[] {
  const [params = '', results = ''] = signature.split(':');
  const list = (letters: string) => vector(letters.split('').map((letter) => [TYPES[letter] ?? 0]));
  return [0x60, ...list(params), ...list(results)];
}
