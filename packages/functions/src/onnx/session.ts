/** A model that is ready to run, in WebAssembly: what goes in, what comes out. */
import { ELEMENT_TYPES, STRING } from './element.ts';
import { allocate, createInstance, MAX_MEMORY, type OrtInstance, outOfMemory, wipe } from './instance.ts';
import { countElements, guard, noNumbers } from './refuse.ts';
import {
  type Feed,
  isTexts,
  type OnnxRuntime,
  type OnnxSession,
  type Port,
  type Surroundings,
  type Tensor,
} from './runtime.ts';

const POINTER = 4;
const ON_CPU = 1;
const ALL_OPTIMIZATIONS = 99;
const FATAL_ONLY = 4;

/**
 * ONNX Runtime's JavaScript waits for a message that never comes (`Atomics.waitAsync`), which keeps the whole instance
 * for as long as the thread lives: so what it held is overwritten, and the thread should end.
 */
function abandon(ort: OrtInstance, { retire }: Surroundings): void {
  wipe(ort);
  retire?.();
}

export class Session implements OnnxSession {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly #ort: OrtInstance;
  readonly #handle: number;
  readonly #surroundings: Surroundings;
  readonly #names = new Map<string, number>();

  private constructor(ort: OrtInstance, handle: number, surroundings: Surroundings) {
    this.#ort = ort;
    this.#handle = handle;
    this.#surroundings = surroundings;
    const [inputs, outputs] = this.#pair((a, b) => ort._OrtGetInputOutputCount(handle, a, b));
    const ports = Array.from({ length: inputs + outputs }, (_, i) => this.#port(i));
    this.inputs = ports.slice(0, inputs);
    this.outputs = ports.slice(inputs);
  }

  /** Throws `FunctionError` for a model that the runtime does not take, with its reason. */
  static async open(model: Uint8Array, surroundings: Surroundings): Promise<Session> {
    const ort = await createInstance(surroundings.memoryBytes ?? MAX_MEMORY);
    try {
      return Session.#load(ort, model, surroundings);
    } catch (error) {
      abandon(ort, surroundings);
      throw error;
    }
  }

  static #load(ort: OrtInstance, model: Uint8Array, surroundings: Surroundings): Session {
    return guard(
      'The model cannot be loaded',
      () => outOfMemory(ort),
      () => {
        // Without arena: it rounds small needs up to large ones.
        const options = ort._OrtCreateSessionOptions(
          ...([ALL_OPTIMIZATIONS, false, true, 0, false, 0, 0, FATAL_ONLY, 0, 0] as const),
        );
        const at = allocate(ort, model.length);
        ort.HEAPU8.set(model, at);
        const handle = ort._OrtCreateSession(at, model.length, options);
        if (handle === 0) throw new Error(lastError(ort));
        return new Session(ort, handle, surroundings);
      },
    );
  }

  [Symbol.dispose](): void {
    abandon(this.#ort, this.#surroundings);
  }

  /** One output for the inputs. Throws `FunctionError` where the model refuses or fails. */
  run(feeds: readonly Feed[], output: Port): Tensor {
    const ort = this.#ort;
    return guard(
      'The model cannot be run',
      () => outOfMemory(ort),
      () => {
        const stack = ort.stackSave();
        const held: number[] = [];
        const made = feeds.map(({ tensor }) => this.#create(tensor, held));
        const names = this.#words(feeds.map(({ port }) => this.#name(port.name)));
        const [outputName, outputValue] = [this.#words([this.#name(output.name)]), this.#words([0])];
        const [values, count] = [this.#words(made), feeds.length];
        const code = ort._OrtRun(this.#handle, names, values, count, outputName, 1, outputValue, 0);
        if (code !== 0) throw new Error(lastError(ort));
        const result = wordAt(ort, outputValue);
        const read = this.#read(result, output);
        ort._OrtReleaseTensor(result);
        for (const tensor of made) ort._OrtReleaseTensor(tensor);
        for (const at of held) ort._free(at);
        ort.stackRestore(stack);
        return read;
      },
    );
  }

  /** Words on the runtime's stack. */
  #words(words: readonly number[]): number {
    const at = this.#ort.stackAlloc(POINTER * words.length);
    this.#ort.HEAPU32.set(words, at >>> 2);
    return at;
  }

  /** A copy inside, until `_free` of all that it adds to `held`. */
  #copy(bytes: Uint8Array, held: number[]): number {
    const at = allocate(this.#ort, bytes.length);
    held.push(at);
    this.#ort.HEAPU8.set(bytes, at);
    return at;
  }

  #create({ type, dims, data }: Tensor, held: number[]): number {
    const ort = this.#ort;
    const bytes = isTexts(data)
      ? this.#texts(data, held)
      : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const made = ort._OrtCreateTensor(
      type,
      this.#copy(bytes, held),
      bytes.length,
      this.#words(dims),
      dims.length,
      ON_CPU,
    );
    if (made === 0) throw new Error(lastError(ort));
    return made;
  }

  /** Addresses of texts that end with a NUL. */
  #texts(texts: readonly string[], held: number[]): Uint8Array {
    const encoded = Buffer.from(texts.map((text) => `${text}\0`).join(''));
    const at = this.#copy(encoded, held);
    const addresses = new Uint32Array(texts.length);
    let next = at;
    for (const [i, text] of texts.entries()) {
      addresses[i] = next;
      next += Buffer.byteLength(text) + 1;
    }
    return new Uint8Array(addresses.buffer);
  }

  #read(tensor: number, output: Port): Tensor {
    const ort = this.#ort;
    const at = ort.stackAlloc(POINTER * 4);
    if (ort._OrtGetTensorData(tensor, at, at + 4, at + 8, at + 12) !== 0) throw new Error(lastError(ort));
    const wordOf = (i: number) => wordAt(ort, at + POINTER * i);
    const [type, data, dimsAt, rank] = [wordOf(0), wordOf(1), wordOf(2), wordOf(3)];
    const element = ELEMENT_TYPES.get(type);
    if (!element && type !== STRING) throw noNumbers(output, type);
    const dims = [...ort.HEAPU32.subarray(dimsAt >>> 2, (dimsAt >>> 2) + rank)];
    ort._OrtFree(dimsAt);
    const count = countElements(output, dims);
    if (!element) return { type, dims, data: this.#readTexts(data, count) };
    const bytes = count * element.bytes;
    return { type, dims, data: element.view(ort.HEAPU8.slice(data, data + bytes).buffer) };
  }

  /** Texts that the runtime has copied for us: their addresses, and then they themselves, the last one with a NUL after it. */
  #readTexts(at: number, count: number): string[] {
    const ort = this.#ort;
    const addressOf = (i: number) => wordAt(ort, at + POINTER * i);
    const texts = Array.from({ length: count }, (_, i) => {
      const start = addressOf(i);
      const end = i + 1 < count ? addressOf(i + 1) : ort.HEAPU8.indexOf(0, start);
      if (end < start) throw new RangeError('a text without an end');
      return Buffer.from(ort.HEAPU8.subarray(start, end)).toString();
    });
    if (at !== 0) ort._free(at);
    return texts;
  }

  #port(index: number): Port {
    const ort = this.#ort;
    const [nameAt, metadata] = this.#pair((a, b) =>
      ort._OrtGetInputOutputMetadata(this.#handle, index, a, b),
    );
    const name = ort.UTF8ToString(nameAt);
    this.#names.set(name, nameAt);
    const wordOf = (i: number) => wordAt(ort, metadata + POINTER * i);
    const type = wordOf(0) | 0;
    const rank = type === 0 ? 0 : wordOf(1);
    const dims = Array.from({ length: rank }, (_, i) => {
      const symbol = wordOf(2 + i);
      return symbol === 0 ? wordOf(2 + rank + i) | 0 : ort.UTF8ToString(symbol);
    });
    ort._OrtFree(metadata);
    return { name, type, dims };
  }

  #name(name: string): number {
    const at = this.#names.get(name);
    if (at === undefined) throw new Error(`the model has no "${name}"`);
    return at;
  }

  /** The two numbers that a call writes to the addresses it gets. */
  #pair(call: (first: number, second: number) => number): [number, number] {
    const ort = this.#ort;
    const stack = ort.stackSave();
    const at = ort.stackAlloc(POINTER * 2);
    if (call(at, at + POINTER) !== 0) throw new Error(lastError(ort));
    const pair: [number, number] = [wordAt(ort, at), wordAt(ort, at + POINTER)];
    ort.stackRestore(stack);
    return pair;
  }
}

/** The unsigned word at an address inside. */
function wordAt(ort: OrtInstance, address: number): number {
  const word = ort.HEAPU32[address >>> 2];
  if (word === undefined) throw new RangeError('an address outside of the memory of the runtime');
  return word;
}

function lastError(ort: OrtInstance): string {
  const stack = ort.stackSave();
  const at = ort.stackAlloc(POINTER * 2);
  ort._OrtGetLastError(at, at + POINTER);
  const message = wordAt(ort, at + POINTER);
  const text = message === 0 ? 'it gave no reason' : ort.UTF8ToString(message);
  ort.stackRestore(stack);
  return text;
}

/** What every platform has. */
export const webAssembly: OnnxRuntime = { open: (model, surroundings) => Session.open(model, surroundings) };
