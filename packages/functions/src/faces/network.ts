/**
 * The network that finds faces, as an ONNX model put together from its published weights: the "tiny face detector" of
 * face-api (MIT licence, weights included), a Tiny YOLO v2 of depthwise separable convolutions. Architecture after
 * face-api's src/tinyYolov2/TinyYolov2Base.ts; weights from its package, eight bits each.
 */
import { type Asset, readAsset } from '../assets.ts';
import { reorderFilters } from '../kernels/faces/filters.ts';
import { ANCHORS, PER_BOX } from '../kernels/faces/grid.ts';
import { type Graph, type Initializer, type Node, writeModel } from '../onnx/write.ts';

const MODEL = 'tiny_face_detector_model';
const WEIGHTS: Asset = {
  file: `${MODEL}.bin`,
  sha256: 'b7503ce7df31039b1c43316a9b865cab6a70dd748cc602d3fa28b551503c3871',
};
const MANIFEST: Asset = {
  file: `${MODEL}-weights_manifest.json`,
  sha256: '5d1af4849ac48d5b985f4a9b16010c512353ddd6fcc63d50fd0bc9e9e64296e5',
};

interface Manifest {
  readonly weights: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly quantization: { readonly scale: number; readonly min: number };
  }[];
}

interface Weights {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

async function readWeights(): Promise<ReadonlyMap<string, Weights>> {
  const [bytes, manifest] = await Promise.all([readAsset(WEIGHTS), readAsset(MANIFEST)]);
  // The asset is pinned by its hash, so that its form is known.
  const [{ weights }] = JSON.parse(new TextDecoder().decode(manifest)) as [Manifest];
  let at = 0;
  return new Map(
    weights.map(({ name, shape, quantization: { scale, min } }) => {
      const start = at;
      at += shape.reduce((product, size) => product * size, 1);
      return [name, { shape, values: Float32Array.from(bytes.subarray(start, at), (q) => q * scale + min) }];
    }),
  );
}

/** Filters of TensorFlow [height, width, in, out] in the order of ONNX [out, in, height, width]. */
function toInitializer(name: string, { shape, values }: Weights): Initializer {
  const [height = 0, width = 0, inner = 0, outer = 0] = shape;
  if (height * width * inner * outer !== values.length)
    throw new Error(`the weights ${name} of the face detector's package have another shape`);
  return {
    name,
    dims: [outer, inner, height, width],
    data: reorderFilters(values, { inner, outer, area: height * width }),
  };
}

class Chain {
  readonly nodes: Node[] = [];
  readonly initializers: Initializer[] = [];
  readonly #weights: ReadonlyMap<string, Weights>;
  #last = 'pixels';

  constructor(weights: ReadonlyMap<string, Weights>) {
    this.#weights = weights;
  }

  add(
    op: string,
    attributes: NonNullable<Node['attributes']>,
    parameters: readonly Initializer[] = [],
  ): this {
    const output = `v${this.nodes.length}`;
    this.initializers.push(...parameters);
    const names = parameters.map(({ name }) => name);
    this.nodes.push({ op, inputs: [this.#last, ...names], output, attributes });
    this.#last = output;
    return this;
  }

  weights(name: string): Weights {
    const found = this.#weights.get(name);
    if (!found) throw new Error(`the face detector's package has no weights ${name}`);
    return found;
  }

  bias(layer: string): Initializer {
    const { values } = this.weights(`${layer}/bias`);
    return { name: `${layer}/bias`, dims: [values.length], data: values };
  }

  convolution(layer: string): this {
    const name = `${layer}/filters`;
    return this.add('Conv', {}, [toInitializer(name, this.weights(name)), this.bias(layer)]);
  }

  separable(layer: string): this {
    const [deep, wide] = [`${layer}/depthwise_filter`, `${layer}/pointwise_filter`];
    const { shape, values } = this.weights(deep);
    // One filter per channel: as many outputs, one input each.
    const [height = 0, width = 0, channels = 0] = shape;
    const depthwise = toInitializer(deep, { shape: [height, width, 1, channels], values });
    return this.add('Conv', { pads: [1, 1, 1, 1], group: channels }, [depthwise])
      .add('Conv', {}, [toInitializer(wide, this.weights(wide)), this.bias(layer)])
      .leaky();
  }

  leaky(): this {
    return this.add('LeakyRelu', { alpha: { float: 0.1 } });
  }

  pool(stride: number): this {
    return this.add('MaxPool', {
      kernel_shape: [2, 2],
      strides: [stride, stride],
      auto_pad: 'SAME_UPPER',
    });
  }

  graph(): Graph {
    return {
      nodes: this.nodes,
      initializers: this.initializers,
      inputs: [{ name: 'pixels', dims: [1, 3, 'height', 'width'] }],
      outputs: [{ name: this.#last, dims: [1, ANCHORS.length * PER_BOX, 'rows', 'columns'] }],
    };
  }
}

/** The model's bytes: pixels [1, 3, height, width] to boxes [1, 25, height / 32, width / 32]. */
export async function faceNetwork(): Promise<Uint8Array> {
  const chain = new Chain(await readWeights()).convolution('conv0').leaky().pool(2);
  for (const layer of ['conv1', 'conv2', 'conv3', 'conv4']) chain.separable(layer).pool(2);
  return writeModel(chain.separable('conv5').pool(1).convolution('conv8').graph());
}
