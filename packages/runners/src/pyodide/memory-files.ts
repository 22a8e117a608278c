/** Files of the virtual file system are JavaScript's memory, which no limit of WebAssembly counts: they get one of their own. */
import type { PyodideAPI } from 'pyodide';

interface Node {
  readonly usedBytes: number;
  readonly contents: { readonly length: number };
}
type WriteArguments = [
  buffer: Uint8Array,
  offset: number,
  length: number,
  position: number,
  ...rest: unknown[],
];
type Write = (stream: { readonly node: Node }, ...args: WriteArguments) => number;
interface MemoryFileSystem {
  readonly ops_table: { readonly file: { readonly stream: { write: Write } } };
  expandFileStorage(node: Node, capacity: number): void;
  resizeFileStorage(node: Node, size: number): void;
}
interface FileSystem {
  readonly filesystems: { readonly MEMFS: MemoryFileSystem };
  readonly ErrnoError: new (errno: number) => Error;
}

/** WASI's "no space left on device". */
const ENOSPC = 51;

/**
 * Files may grow by `bytes` in all, counted by what has been asked for: what is deleted is not given back. Beyond, writing
 * raises OSError (ENOSPC) in Python.
 */
export function boundFiles(pyodide: PyodideAPI, bytes: number): void {
  // Pyodide's types leave out what is inside of its file systems.
  const { filesystems, ErrnoError } = pyodide.FS as unknown as FileSystem;
  const { MEMFS } = filesystems;
  const expand = MEMFS.expandFileStorage.bind(MEMFS);
  const resize = MEMFS.resizeFileStorage.bind(MEMFS);
  let used = 0;
  const charge = (growth: number) => {
    if (growth <= 0) return;
    if (used + growth > bytes) throw new ErrnoError(ENOSPC);
    used += growth;
  };
  const { stream } = MEMFS.ops_table.file;
  const { write } = stream;
  stream.write = (file, ...args) => {
    const [, , length, position] = args;
    // The first write of a file copies its bytes without a word to the function below.
    if (file.node.usedBytes === 0 && position === 0) charge(length - file.node.contents.length);
    return write(file, ...args);
  };
  MEMFS.expandFileStorage = (node, capacity) => {
    const before = node.contents.length;
    // Emscripten takes some more than it was asked for, so that a file that grows by small writes is not copied each time.
    const spare = Math.floor(before * (before < 2 ** 20 ? 2 : 1.125));
    if (capacity > before) charge(Math.max(capacity, spare) - before);
    expand(node, capacity);
  };
  MEMFS.resizeFileStorage = (node, size) => {
    charge(size - node.contents.length);
    resize(node, size);
  };
}
