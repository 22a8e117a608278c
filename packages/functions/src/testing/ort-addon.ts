/** A double of the addon of `onnxruntime-node`: every model has one input and one output, and computes what a test says. */
import { type FLOAT, FLOAT16, STRING } from '../onnx/element.ts';
import type { AddonMetadata, AddonSession, AddonTensor, OrtAddon } from '../onnx/native-session.ts';

export interface Doubled {
  readonly addon: OrtAddon;
  /** What was asked of the addon, in order. */
  readonly calls: string[];
}

interface Behaviour {
  readonly input?: Partial<AddonMetadata>;
  readonly output?: Partial<AddonMetadata>;
  /** May throw. Default: what comes in goes out. */
  readonly load?: () => void;
  readonly run?: (x: AddonTensor) => Partial<AddonTensor>;
}

const ONE = { isTensor: true, type: 1 satisfies typeof FLOAT, shape: [-1, 2], symbolicDimensions: ['', ''] };

export function ortAddon({ input, output, load, run = () => ({}) }: Behaviour = {}): Doubled {
  const calls: string[] = [];
  let Made: new (type: string, data: AddonTensor['data'], dims: readonly number[]) => AddonTensor;
  class InferenceSession implements AddonSession {
    readonly inputMetadata = [{ name: 'x', ...ONE, ...input }];
    readonly outputMetadata = [{ name: 'y', ...ONE, ...output }];
    loadModel(_memory: ArrayBufferLike, _offset: number, bytes: number, options: object): void {
      calls.push(`load ${bytes} ${JSON.stringify(options)}`);
      load?.();
    }
    run(feeds: Readonly<Record<string, AddonTensor>>): Readonly<Record<string, AddonTensor>> {
      const x = feeds[this.inputMetadata[0]?.name ?? ''];
      if (!x) throw new Error('no feed');
      checkKind(x, this.inputMetadata[0]?.type ?? 0);
      calls.push(`run ${x.type} [${x.dims.join(', ')}] ${[...x.data].join(' ')}`);
      const { type, data, dims } = { ...x, ...run(x) };
      return { [this.outputMetadata[0]?.name ?? '']: new Made(type, data, dims) };
    }
    dispose(): void {
      calls.push('dispose');
    }
  }
  return {
    calls,
    addon: {
      InferenceSession,
      initOrtOnce(level, tensor, isMain) {
        Made = tensor;
        calls.push(`init ${level} ${isMain}`);
      },
    },
  };
}

/** As the addon does: it wants bits of halves, and lists of texts. */
function checkKind({ data }: AddonTensor, type: number): void {
  if (type === FLOAT16 && !(data instanceof Uint16Array)) throw new Error('not enough space');
  if ((type === STRING) !== Array.isArray(data)) throw new Error('Tensor.data must be an array.');
}
