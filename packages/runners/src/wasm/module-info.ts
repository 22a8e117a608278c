/** What the runner has to know of a module before it makes an instance: imports with their types, exports, memories, start. */
import { Cursor, malformed } from './cursor.ts';
import { type FunctionType, type Limits, limits, readTypes, readValueType } from './types.ts';

/** What a module wants from its host. */
export interface Import {
  readonly module: string;
  readonly name: string;
  readonly kind: 'function' | 'table' | 'memory' | 'global' | 'tag';
  readonly type?: FunctionType | undefined;
  readonly limits?: Limits;
}

/** Offsets in the module's bytes. */
export interface Section {
  readonly id: number;
  /** With its header. */
  readonly start: number;
  readonly contents: number;
  readonly end: number;
}

/** What can be said of a module without running it. */
export interface ModuleInfo {
  readonly sections: readonly Section[];
  readonly imports: readonly Import[];
  readonly memories: readonly Limits[];
  readonly exports: ReadonlyMap<string, { readonly kind: number; readonly index: number }>;
  /** Index of the function that the start section names. */
  readonly start: number | undefined;
  readonly startType: FunctionType | undefined;
  /** The type of an exported function; undefined if there is none of that name. */
  exportedFunction(name: string): FunctionType | undefined;
}

/** Kinds of exports. */
export const FUNCTION = 0;
export const MEMORY = 2;
const KINDS = ['function', 'table', 'memory', 'global', 'tag'] as const;
const MAGIC = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** Throws `RunnerFailure` where the bytes are no module. The engine checks the rest. */
export function readModule(bytes: Uint8Array): ModuleInfo {
  const sections = readSections(bytes);
  const section = (id: number): Cursor | undefined => {
    const found = sections.find((one) => one.id === id);
    return found && new Cursor(bytes, found.contents, found.end);
  };
  const types = read(section(1), readTypes, []);
  const imports = read(section(2), (cursor) => readImports(cursor, types), []);
  const functions = [
    ...imports.flatMap((item) => (item.kind === 'function' ? [item.type] : [])),
    ...read(
      section(3),
      (cursor) => Array.from({ length: cursor.count() }, () => types[cursor.unsigned()]),
      [],
    ),
  ];
  const own = read(section(5), (cursor) => Array.from({ length: cursor.count() }, () => limits(cursor)), []);
  const exports = read(section(7), readExports, new Map<string, { kind: number; index: number }>());
  const start = read(section(8), (cursor) => cursor.unsigned(), undefined);
  return {
    sections,
    imports,
    memories: [
      ...imports.flatMap((item) => (item.kind === 'memory' && item.limits ? [item.limits] : [])),
      ...own,
    ],
    exports,
    start,
    startType: start === undefined ? undefined : functions[start],
    exportedFunction(name) {
      const found = exports.get(name);
      return found?.kind === FUNCTION ? functions[found.index] : undefined;
    },
  };
}

function read<T>(cursor: Cursor | undefined, reader: (cursor: Cursor) => T, otherwise: T): T {
  return cursor ? reader(cursor) : otherwise;
}

function readSections(bytes: Uint8Array): Section[] {
  if (MAGIC.some((byte, index) => bytes[index] !== byte)) throw malformed();
  const cursor = new Cursor(bytes, MAGIC.length);
  const sections: Section[] = [];
  while (cursor.at < cursor.end) {
    const start = cursor.at;
    const id = cursor.byte();
    const length = cursor.unsigned();
    const contents = cursor.at;
    cursor.skip(length);
    sections.push({ id, start, contents, end: cursor.at });
  }
  return sections;
}

function readImports(cursor: Cursor, types: readonly (FunctionType | undefined)[]): Import[] {
  return Array.from({ length: cursor.count() }, () => {
    const module = cursor.name();
    const name = cursor.name();
    const kind = KINDS[cursor.byte()];
    switch (kind) {
      case 'function':
        return { module, name, kind, type: types[cursor.unsigned()] };
      case 'table':
        readValueType(cursor);
        return { module, name, kind, limits: limits(cursor) };
      case 'memory':
        return { module, name, kind, limits: limits(cursor) };
      case 'global':
        readValueType(cursor);
        cursor.byte();
        return { module, name, kind };
      case 'tag':
        cursor.byte();
        cursor.unsigned();
        return { module, name, kind };
      default:
        throw malformed();
    }
  });
}

function readExports(cursor: Cursor): Map<string, { kind: number; index: number }> {
  const exports = new Map<string, { kind: number; index: number }>();
  for (let count = cursor.count(); count > 0; count--) {
    exports.set(cursor.name(), { kind: cursor.byte(), index: cursor.unsigned() });
  }
  return exports;
}
