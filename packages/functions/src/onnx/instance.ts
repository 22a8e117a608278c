/**
 * ONNX Runtime as a WebAssembly instance of its own for each use: nothing of one task's data stays in the memory that
 * another task's model computes in, and the memory has a bound. `onnxruntime-web` offers neither (one instance per
 * thread, up to 4 GiB), so this calls the same C interface that its JavaScript calls. The version is pinned exactly.
 */
import { type Asset, readAsset } from '../assets.ts';
import { FunctionError } from '../function.ts';
import { type WasmImports, type WasmInstance, type WasmMemory, type WasmModule, wasm } from '../wasm/api.ts';

/** What we use of the module that Emscripten makes (`OrtInferenceAPIs` in the package's lib/wasm/wasm-types.ts). */
export interface OrtInstance {
  readonly HEAPU8: Uint8Array;
  readonly HEAP32: Int32Array;
  readonly HEAPU32: Uint32Array;
  _malloc(bytes: number): number;
  _free(at: number): void;
  stackSave(): number;
  stackAlloc(bytes: number): number;
  stackRestore(stack: number): void;
  UTF8ToString(at: number): string;
  _OrtInit(threads: number, logLevel: number): number;
  _OrtGetLastError(code: number, message: number): number;
  _OrtCreateSessionOptions(
    optimization: number,
    arena: boolean,
    pattern: boolean,
    mode: number,
    profiling: boolean,
    profilePrefix: number,
    logId: number,
    logSeverity: number,
    logVerbosity: number,
    optimizedPath: number,
  ): number;
  _OrtCreateSession(model: number, bytes: number, options: number): number;
  _OrtGetInputOutputCount(session: number, inputs: number, outputs: number): number;
  _OrtGetInputOutputMetadata(session: number, index: number, name: number, metadata: number): number;
  _OrtFree(at: number): void;
  _OrtCreateTensor(
    type: number,
    data: number,
    bytes: number,
    dims: number,
    rank: number,
    location: number,
  ): number;
  _OrtGetTensorData(tensor: number, type: number, data: number, dims: number, rank: number): number;
  _OrtReleaseTensor(tensor: number): void;
  _OrtRun(
    session: number,
    inputNames: number,
    inputs: number,
    inputCount: number,
    outputNames: number,
    outputCount: number,
    outputs: number,
    options: number,
  ): number;
}

type Factory = (settings: {
  readonly numThreads: number;
  readonly instantiateWasm: (
    imports: WasmImports,
    done: (instance: WasmInstance, module: WasmModule) => void,
  ) => void;
}) => Promise<OrtInstance>;

const BINARY: Asset = {
  specifier: 'onnxruntime-web/ort-wasm-simd-threaded.wasm',
  sha256: '3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2',
};
const PAGE = 65536;
/** What a model and its data may take. */
export const MAX_MEMORY: number = 1 << 30;
const SILENT = 4;

/** Compiled once per thread; code only, so that tasks can share it. */
let compiled: Promise<{ readonly module: WasmModule; readonly factory: Factory }> | undefined;

async function compile(): Promise<{ module: WasmModule; factory: Factory }> {
  const glue = 'onnxruntime-web/ort-wasm-simd-threaded.mjs';
  const [module, { default: factory }] = await Promise.all([
    readAsset(BINARY).then((bytes) => wasm.compile(bytes)),
    import(glue) as Promise<{ default: Factory }>,
  ]);
  return { module, factory };
}

/** Growth beyond the bound fails as it would on a machine without memory: the runtime reports it. */
function bound(memory: WasmMemory): void {
  const grow = memory.grow.bind(memory);
  memory.grow = (pages) => {
    if (memory.buffer.byteLength + pages * PAGE > MAX_MEMORY) throw new RangeError('out of memory');
    return grow(pages);
  };
}

/** A fresh instance with one thread. Throws `Error` where the package is broken. */
export async function createInstance(): Promise<OrtInstance> {
  compiled ??= compile();
  const { module, factory } = await compiled;
  const ort = await factory({
    numThreads: 1,
    instantiateWasm: (imports, done) => {
      const memory = Object.values(imports)
        .flatMap(Object.values)
        .find((value) => value instanceof wasm.Memory);
      if (!memory) throw new Error('onnxruntime-web no longer imports its memory');
      bound(memory);
      done(new wasm.Instance(module, imports), module);
    },
  });
  if (ort._OrtInit(1, SILENT) !== 0) throw new Error('ONNX Runtime does not start');
  return ort;
}

export const outOfMemory = (): FunctionError =>
  new FunctionError(
    `The model needs more than the ${MAX_MEMORY >> 20} MiB of memory that it may have: use a smaller one.`,
  );

/** Memory inside, until `_free`. Throws `FunctionError` where the bound is reached. */
export function allocate(ort: OrtInstance, bytes: number): number {
  const at = ort._malloc(Math.max(1, bytes));
  if (at === 0) throw outOfMemory();
  return at >>> 0;
}
