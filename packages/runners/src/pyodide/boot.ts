/** Pyodide in this process: its package's files only, no JavaScript globals given, its imports under the seal. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { loadPyodide, PyodideAPI } from 'pyodide';
import { keepStdoutForFrames, writeAll } from '../io.ts';
import type {} from '../webassembly.ts';
import type { Seal } from './seal.ts';

/** Pyodide asks for the numbers of open(2)'s flags in a way that `--permission` forbids. It gets none: no folder is mounted. */
function forbidBindings(): void {
  Object.defineProperty(process, 'binding', { value: () => ({ fs: {} }) });
}

/**
 * Pyodide asks for the numbers of the standard streams, and needs no more of them. Node's own streams make their descriptors non-blocking as
 * soon as they are asked for: then a process that waits for its job would poll a thousand times a second, and so would each read of an input.
 */
function withholdStreams(): void {
  keepStdoutForFrames();
  const write = (text: string | Uint8Array) => writeAll(2, Buffer.from(text)) >= 0;
  Object.defineProperty(process, 'stdin', { value: { fd: 0 } });
  Object.defineProperty(process, 'stderr', { value: { fd: 2, write } });
}

/** How Pyodide starts. */
export interface BootOptions {
  /** Where pyodide's own files are. */
  readonly folder: string;
  /** A file in place of the standard library among those: the same one for a snapshot and for every start from it. */
  readonly standardLibrary: string;
  /** What `os._exit` does. */
  readonly end: (code: number) => never;
  /** Without: a fresh start, of which a snapshot can be made. */
  readonly snapshot?: Uint8Array;
}

/** @throws Error (rejects) where its imports could not be guarded: nothing may run then. */
export async function boot(seal: Seal, options: BootOptions): Promise<PyodideAPI> {
  const { folder, standardLibrary, end, snapshot } = options;
  forbidBindings();
  withholdStreams();
  const { instantiate } = WebAssembly;
  let guarded = false;
  const guarding: typeof instantiate = (source, imports) => {
    if (imports?.['env'] && 'GOT.func' in imports && !guarded) {
      guarded = true;
      for (const module of new Set([imports['env'], imports['wasi_snapshot_preview1'] ?? {}])) {
        seal.guard(module, end);
      }
    }
    return instantiate(source, imports);
  };
  Object.assign(WebAssembly, { instantiate: guarding });
  try {
    const module: { readonly loadPyodide: typeof loadPyodide } = await import(
      pathToFileURL(join(folder, 'pyodide.mjs')).href
    );
    const pyodide = await module.loadPyodide({
      indexURL: folder,
      stdLibURL: standardLibrary,
      jsglobals: Object.create(null),
      ...(snapshot ? { _loadSnapshot: snapshot } : { _makeSnapshot: true }),
    });
    if (!guarded) throw new Error('Pyodide did not start as expected: its imports are not guarded.');
    return pyodide;
  } finally {
    Object.assign(WebAssembly, { instantiate });
  }
}
