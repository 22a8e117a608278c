/** The runners that come with the platform. */
export { SYSTEM_PYTHON } from './cpython/flags.ts';
export { type CpythonOptions, cpythonRunner } from './cpython/spec.ts';
export { javascriptRunner } from './javascript.ts';
export {
  checkedOnnxruntime,
  installOnnxruntime,
  ONNX_NATIVE,
  type OnnxruntimeFiles,
} from './onnx/pinned.ts';
export { ONNX_NATIVE_PAIR, onnxRunner } from './onnx/spec.ts';
export { type PyodideOptions, pyodideRunner } from './pyodide.ts';
export { wasmRunner } from './wasm.ts';
