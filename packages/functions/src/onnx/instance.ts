/**
 * ONNX Runtime as a WebAssembly instance of its own for each use: nothing of one task's data stays in the memory that
 * another task's model computes in, and the memory has a bound. `onnxruntime-web` offers neither (one instance per
 * thread, up to 4 GiB), so this calls the same C interface that its JavaScript calls. The version is pinned exactly.
 */
import { type Asset, assetModule, readAsset } from '../assets.ts';
import {
  type WasmImports,
  type WasmInstance,
  type WasmMemory,
  type WasmModule,
  wasm,
} from '../kernels/wasm/api.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';

/** What we use of the module that Emscripten makes (`OrtInferenceAPIs` in the package's lib/wasm/wasm-types.ts). */
export interface OrtInstance {
  /** Ours: all that it computes in, and the most bytes that it may have. */
  readonly space: { readonly memory: WasmMemory; readonly limit: number };
  readonly HEAPU8: Uint8Array<ArrayBuffer>;
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
}) => Promise<Omit<OrtInstance, 'space'>>;

const BINARY: Asset = {
  file: 'ort-wasm-simd-threaded.wasm',
  sha256: '3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2',
};
const PAGE = 65536;
/** What a model and its data may take at most, in bytes, where the task allows more. */
export const MAX_MEMORY: number = limits.onnxMemory.value;
const SILENT = 4;

/** Compiled once per thread; code only, so that tasks can share it. */
let compiled: Promise<{ readonly module: WasmModule; readonly factory: Factory }> | undefined;

async function compile(): Promise<{ module: WasmModule; factory: Factory }> {
  const glue = assetModule('ort-wasm-simd-threaded.mjs');
  const [module, { default: factory }] = await Promise.all([
    readAsset(BINARY).then((bytes) => wasm.compile(bytes)),
    // The package has no types for it; its version is pinned.
    import(glue) as Promise<{ default: Factory }>,
  ]);
  return { module, factory };
}

/** Growth beyond the bound fails as it would on a machine without memory: the runtime reports it. */
function bound(memory: WasmMemory, limit: number): void {
  const grow = memory.grow.bind(memory);
  memory.grow = (pages) => {
    if (memory.buffer.byteLength + pages * PAGE > limit) throw new RangeError('out of memory');
    return grow(pages);
  };
}

/** A fresh instance with one thread and at most `allowed` bytes. Throws `Error` where the package is broken. */
export async function createInstance(allowed: number): Promise<OrtInstance> {
  const limit = Math.min(allowed, MAX_MEMORY);
  compiled ??= compile();
  const { module, factory } = await compiled;
  let found: WasmMemory | undefined;
  const ort = await factory({
    numThreads: 1,
    instantiateWasm: (imports, done) => {
      found = Object.values(imports)
        .flatMap(Object.values)
        .find((value) => value instanceof wasm.Memory);
      if (!found) throw new Error('onnxruntime-web no longer imports its memory');
      bound(found, limit);
      done(new wasm.Instance(module, imports), module);
    },
  });
  if (!found || ort._OrtInit(1, SILENT) !== 0) throw new Error('ONNX Runtime does not start');
  return Object.assign(ort, { space: { memory: found, limit } });
}

/** Overwrites all data; the instance cannot be used after that. */
export function wipe({ space }: OrtInstance): void {
  new Uint8Array(space.memory.buffer).fill(0);
}

export const outOfMemory = ({ space }: OrtInstance): FunctionError =>
  new FunctionError(
    'out-of-memory',
    `The model needs more than the ${Math.floor(space.limit / 2 ** 20)} MiB of memory that it may have: use a smaller one, or give the task more memory (at most ${MAX_MEMORY >> 20} MiB are used).`,
  );

/** Memory inside, until `_free`. Throws `FunctionError` where the bound is reached. */
export function allocate(ort: OrtInstance, bytes: number): number {
  const at = ort._malloc(Math.max(1, bytes));
  if (at === 0) throw outOfMemory(ort);
  return at >>> 0;
}
