/** Pyodide in this process: its package's files only, no JavaScript globals given, its imports under the seal. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadPyodide, type PyodideAPI } from 'pyodide';
import type { Seal } from './seal.ts';

/** Where pyodide's own files are. */
export const PYODIDE_FOLDER: string = fileURLToPath(new URL('.', import.meta.resolve('pyodide')));

/** Pyodide asks for the numbers of open(2)'s flags in a way that `--permission` forbids. It gets none: no folder is mounted. */
function forbidBindings(): void {
  Object.defineProperty(process, 'binding', { value: () => ({ fs: {} }) });
}

/** `end` is what `os._exit` does. */
export async function boot(
  seal: Seal,
  end: (code: number) => never,
  options: { readonly snapshot?: Uint8Array } = {},
): Promise<PyodideAPI> {
  forbidBindings();
  const instantiate = WebAssembly.instantiate;
  let guarded = false;
  const guarding = (source: BufferSource | WebAssembly.Module, imports?: WebAssembly.Imports) => {
    if (imports?.['env'] && 'GOT.func' in imports && !guarded) {
      for (const module of new Set([imports['env'], imports['wasi_snapshot_preview1']])) {
        seal.guard(module as Record<string, unknown>, end);
      }
      guarded = true;
    }
    return instantiate(source as BufferSource, imports);
  };
  WebAssembly.instantiate = guarding as typeof WebAssembly.instantiate;
  try {
    const pyodide = await loadPyodide({
      indexURL: PYODIDE_FOLDER,
      jsglobals: Object.create(null),
      ...(options.snapshot ? { _loadSnapshot: options.snapshot } : { _makeSnapshot: true }),
    });
    if (!guarded) throw new Error('Pyodide did not start as it was measured to: its imports are not guarded.');
    return pyodide;
  } finally {
    WebAssembly.instantiate = instantiate;
  }
}

export function readSnapshot(path: string): Uint8Array {
  return readFileSync(path);
}
