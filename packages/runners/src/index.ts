/**
 * @gaiwan/runners: the programs that run inside sandboxes. A host starts them as processes and never imports them: here it
 * learns where their files are, the same from `src`, from `dist` and from an installation.
 */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Programs for Node, each in one file: made by scripts/bundle-runners.mjs, measured with the package. Absolute paths. */
export const bundles = {
  wasm: at('dist/bundles/wasm.mjs'),
  javascript: at('dist/bundles/javascript.mjs'),
  /** The engine that `javascript` loads from the folder that it is in itself. */
  quickjs: at('dist/bundles/emscripten-module.wasm'),
  pyodide: at('dist/bundles/pyodide.mjs'),
  /** `builtin-onnx-predict` over a native ONNX Runtime, which the operator brings. */
  onnx: at('dist/bundles/onnx.mjs'),
  /** Python's standard library, which `pyodide` loads from the folder that it is in itself: made by scripts/compile-stdlib.mjs. */
  standardLibrary: at('dist/bundles/python_stdlib.zip'),
} as const;

/** The folder of the Python runner's own sources: `cpython.py`, `probe.py`, `sealed.py` and the package `gaiwan_runner`. */
export const pythonSources: string = at('python/');

/** The folder of the Pyodide distribution that `bundles.pyodide` runs. */
export const pyodideFolder: string = dirname(fileURLToPath(import.meta.resolve('pyodide')));
