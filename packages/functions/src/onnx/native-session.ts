/**
 * Models on the native ONNX Runtime, through the addon of `onnxruntime-node` alone: of the package's JavaScript nothing is used. The
 * interface is the addon's own, for the version that the worker pins. For a process in a sandbox: a fault in the runtime is one of the
 * process.
 */
import { dictionary } from '@gaiwan/errors';
import { FunctionError } from '../refusal.ts';
import { ELEMENT_TYPES, FLOAT16, STRING, type TensorData } from './element.ts';
import { countElements, guard, noNumbers } from './refuse.ts';
import { type Feed, isTexts, type OnnxRuntime, type OnnxSession, type Port, type Tensor } from './runtime.ts';

/** A tensor as the addon takes it and makes it. */
export interface AddonTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: TensorData | readonly string[];
  readonly location: 'cpu';
}

/** Of an input or output. */
export interface AddonMetadata {
  readonly name: string;
  readonly isTensor: boolean;
  /** The three that follow are those of tensors. */
  readonly type?: number;
  /** -1 where the model leaves a size open. */
  readonly shape?: readonly number[];
  /** The empty text where a size has no name. */
  readonly symbolicDimensions?: readonly string[];
}

export interface AddonSession {
  readonly inputMetadata: readonly AddonMetadata[];
  readonly outputMetadata: readonly AddonMetadata[];
  loadModel(memory: ArrayBufferLike, offset: number, bytes: number, options: object): void;
  run(
    feeds: Readonly<Record<string, AddonTensor>>,
    fetches: Readonly<Record<string, null>>,
    options: object,
  ): Readonly<Record<string, AddonTensor>>;
  dispose(): void;
}

/** What we use of `onnxruntime_binding.node`. */
export interface OrtAddon {
  readonly InferenceSession: new () => AddonSession;
  /** `isMain`: of the process's first thread. */
  initOrtOnce(logLevel: number, tensor: typeof MadeTensor, isMain: boolean): void;
}

/** The addon makes its answers with it. */
class MadeTensor implements AddonTensor {
  readonly location = 'cpu';
  readonly type: string;
  readonly data: AddonTensor['data'];
  readonly dims: readonly number[];
  constructor(type: string, data: AddonTensor['data'], dims: readonly number[]) {
    this.type = type;
    this.data = data;
    this.dims = dims;
  }
}

const FATAL_ONLY = 4;

/** One thread, as in WebAssembly. */
const OPTIONS = {
  executionProviders: ['cpu'],
  graphOptimizationLevel: 'all',
  executionMode: 'sequential',
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  // Without an arena every large tensor would be given back to the kernel, and cleared by it for the next run: twice the time of convolutions.
  enableCpuMemArena: true,
  enableMemPattern: true,
  logSeverityLevel: FATAL_ONLY,
} as const;

/** What the addon calls the types that have other names in onnx.proto. */
const ADDON_NAMES: ReadonlyMap<string, string> = new Map([
  ['float', 'float32'],
  ['double', 'float64'],
]);

function addonType(type: number): string {
  if (type === STRING) return 'string';
  const name = ELEMENT_TYPES.get(type)?.name;
  if (name === undefined) throw new Error(`the addon has no type ${type}`);
  return ADDON_NAMES.get(name) ?? name;
}

const outOfMemory = (): FunctionError =>
  new FunctionError(
    'out-of-memory',
    'The model needs more memory than there is: use a smaller one, or give the task more memory.',
  );

function portOf({ name, isTensor, type = 0, shape = [], symbolicDimensions = [] }: AddonMetadata): Port {
  if (!isTensor) return { name, type: 0, dims: [] };
  return { name, type, dims: shape.map((size, i) => (size < 0 ? symbolicDimensions[i] || -1 : size)) };
}

/** Halves of floats go in and come out as the integers of their bits. */
function given({ type, dims, data }: Tensor): AddonTensor {
  const bits =
    type === FLOAT16 && !isTexts(data)
      ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / Uint16Array.BYTES_PER_ELEMENT)
      : data;
  return new MadeTensor(addonType(type), bits, dims);
}

function taken({ dims, data }: AddonTensor, type: number): Tensor {
  if (isTexts(data)) return { type, dims, data };
  const values = type === FLOAT16 ? new Float16Array(data.buffer, data.byteOffset, data.length) : data;
  return { type, dims, data: values };
}

class NativeSession implements OnnxSession {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly #session: AddonSession;

  constructor(session: AddonSession) {
    this.#session = session;
    this.inputs = session.inputMetadata.map(portOf);
    this.outputs = session.outputMetadata.map(portOf);
  }

  run(feeds: readonly Feed[], output: Port): Tensor {
    const { name, type } = output;
    return guard('The model cannot be run', outOfMemory, () => {
      if (!ELEMENT_TYPES.has(type) && type !== STRING) throw noNumbers(output, type);
      // A name may be any text, "__proto__" too.
      const tensors = dictionary(feeds.map(({ port, tensor }) => [port.name, given(tensor)] as const));
      const made = this.#session.run(tensors, dictionary([[name, null]]), {});
      const tensor = Object.hasOwn(made, name) ? made[name] : undefined;
      if (!tensor) throw new Error('it gave no answer');
      countElements(output, tensor.dims);
      return taken(tensor, type);
    });
  }

  [Symbol.dispose](): void {
    this.#session.dispose();
  }
}

/** The native runtime, to be made once in a process. Throws `Error` where it does not start. */
export function nativeRuntime(addon: OrtAddon): OnnxRuntime {
  addon.initOrtOnce(FATAL_ONLY, MadeTensor, true);
  return {
    async open(model) {
      return guard('The model cannot be loaded', outOfMemory, () => {
        const session = new addon.InferenceSession();
        session.loadModel(model.buffer, model.byteOffset, model.byteLength, OPTIONS);
        return new NativeSession(session);
      });
    },
  };
}
