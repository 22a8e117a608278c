/**
 * Rewrites a module so that its host can get at what an engine in C gets at: the first memory, exported or not, before
 * anything of the module has run. The memory gets an export; the start section becomes one.
 */
import { Cursor, encodeLeb } from './cursor.ts';
import { FUNCTION, MEMORY, type ModuleInfo, type Section } from './module-info.ts';

/** The module as it is compiled. */
export interface Exposed {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Names of exports. */
  readonly memory: string | undefined;
  readonly start: string | undefined;
}

const EXPORTS = 7;
const START = 8;

/** The bytes stay as they are where nothing has to be added. */
export function expose(bytes: Uint8Array<ArrayBuffer>, info: ModuleInfo): Exposed {
  const exported = [...info.exports].find(([, { kind, index }]) => kind === MEMORY && index === 0)?.[0];
  const section = info.sections.find(({ id }) => id === EXPORTS);
  const additions: number[][] = [];
  const add = (name: string, kind: number, index: number): string => {
    let unique = name;
    while (info.exports.has(unique)) unique += '_';
    const text = new TextEncoder().encode(unique);
    additions.push([...encodeLeb(text.length), ...text, kind, ...encodeLeb(index)]);
    return unique;
  };
  const memory = exported ?? (info.memories.length > 0 ? add('gaiwan.memory', MEMORY, 0) : undefined);
  const start = info.start === undefined ? undefined : add('gaiwan.start', FUNCTION, info.start);
  // Without exports there is nothing to call, and so nothing to expose.
  if (!section || additions.length === 0) return { bytes, memory: exported, start: undefined };
  return { bytes: rebuild(bytes, info.sections, section, additions), memory, start };
}

function rebuild(
  bytes: Uint8Array,
  sections: readonly Section[],
  exportSection: Section,
  additions: readonly (readonly number[])[],
): Uint8Array<ArrayBuffer> {
  const cursor = new Cursor(bytes, exportSection.contents, exportSection.end);
  const count = cursor.unsigned();
  const contents = Buffer.concat([
    Buffer.from(encodeLeb(count + additions.length)),
    bytes.subarray(cursor.at, exportSection.end),
    ...additions.map((addition) => Buffer.from(addition)),
  ]);
  const parts = sections.flatMap(({ id, start, end }) => {
    if (id === START) return [];
    if (id !== EXPORTS) return [bytes.subarray(start, end)];
    return [Buffer.from([EXPORTS, ...encodeLeb(contents.length)]), contents];
  });
  return new Uint8Array(Buffer.concat([bytes.subarray(0, 8), ...parts]));
}
