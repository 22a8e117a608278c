/** What a reader looks for first in a function's code: what it imports, whose packages it brings. */
import { type CodeFiles, filesOf, type ShownCode, sha256, textOf } from './files.ts';
import { wasmImports } from './webassembly.ts';
import { readZip, ZipError } from './zip.ts';

export interface Wheel {
  readonly path: string;
  readonly sha256: string;
  /** Of its METADATA: what its author says. */
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly license: string | undefined;
}

export interface Inside {
  /** As the text has them, sorted; code can import in other ways. */
  readonly imports: readonly string[];
  readonly wheels: readonly Wheel[];
}

export function lookInside(code: ShownCode): Inside {
  const found: CodeFiles = filesOf(code);
  const imports = new Set<string>();
  const wheels: Wheel[] = [];
  for (const [path, bytes] of found.files) {
    if (path.endsWith('.whl')) wheels.push(wheelOf(path, bytes));
    else for (const name of importsOf(path, bytes)) imports.add(name);
  }
  return { imports: [...imports].sort(), wheels };
}

const PYTHON = /^[ \t]*(?:import[ \t]+([\w.]+(?:[ \t]*,[ \t]*[\w.]+)*)|from[ \t]+([\w.]+)[ \t]+import\b)/gm;
const JAVASCRIPT = /\b(?:import|from)\s*\(?\s*['"]([^'"\n]{1,200})['"]/g;

function importsOf(path: string, bytes: Uint8Array): string[] {
  if (path.endsWith('.wasm')) return wasmImports(bytes);
  const text = textOf(bytes);
  if (text === undefined) return [];
  if (path.endsWith('.py'))
    return [...text.matchAll(PYTHON)].flatMap(([, plain, from]) =>
      (plain ?? from ?? '').split(',').map((name) => name.trim()),
    );
  return path.endsWith('.js') ? [...text.matchAll(JAVASCRIPT)].map(([, name = '']) => name) : [];
}

function wheelOf(path: string, bytes: Uint8Array): Wheel {
  const metadata = metadataOf(bytes);
  const header = (name: string) =>
    new RegExp(`^${name}:[ \\t]*([^\\r\\n]{1,200})`, 'mi').exec(metadata)?.[1]?.trim();
  return {
    path,
    sha256: sha256(bytes),
    name: header('Name'),
    version: header('Version'),
    license:
      header('License-Expression') ??
      header('License') ??
      /^Classifier:[ \t]*(License :: [^\r\n]{1,200})/m.exec(metadata)?.[1],
  };
}

/** The headers alone: what follows them is a description. */
function metadataOf(wheel: Uint8Array): string {
  try {
    for (const [path, bytes] of readZip(wheel))
      if (/^[^/]+\.dist-info\/METADATA$/.test(path))
        return (textOf(bytes) ?? '').split(/\r?\n\r?\n/, 1)[0] ?? '';
  } catch (error) {
    if (!(error instanceof ZipError)) throw error;
  }
  return '';
}
