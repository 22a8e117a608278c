/** What runs models, whatever it is made of: the function is the same over each. */
import type { FunctionContext } from '../function.ts';
import type { TensorData } from './element.ts';

/** An input or output as the model declares it. */
export interface Port {
  readonly name: string;
  /** Number of the element type in onnx.proto; 0 for what is no tensor. */
  readonly type: number;
  /** Sizes; a name (or -1) where the model leaves one open. */
  readonly dims: readonly (number | string)[];
}

export interface Tensor {
  readonly type: number;
  readonly dims: readonly number[];
  /** Texts for the type string, else numbers. */
  readonly data: TensorData | readonly string[];
}

/** What goes into one input. */
export interface Feed {
  readonly port: Port;
  readonly tensor: Tensor;
}

/** A model that is ready to run. To be disposed of: it holds a task's data. */
export interface OnnxSession extends Disposable {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** One output for the inputs. Throws `FunctionError` where the model refuses or fails. */
  run(feeds: readonly Feed[], output: Port): Tensor;
}

/** What a session needs of the function's surroundings. */
export type Surroundings = Pick<FunctionContext, 'memoryBytes' | 'retire'>;

export interface OnnxRuntime {
  /** Rejects with `FunctionError` for a model that the runtime does not take, with its reason. */
  open(model: Uint8Array, surroundings: Surroundings): Promise<OnnxSession>;
}

export const isTexts = (data: Tensor['data']): data is readonly string[] => Array.isArray(data);
