/** Finding faces of every size: the network over a pyramid of pictures. */
import type { FunctionContext } from '../function.ts';
import { type Face, mergeFaces, proposeFaces } from '../kernels/faces/boxes.ts';
import type { Picture } from '../kernels/faces/grid.ts';
import { halve, level } from '../kernels/faces/pyramid.ts';
import { limits } from '../limits.ts';
import { FLOAT } from '../onnx/element.ts';
import { Session } from '../onnx/session.ts';
import { faceNetwork } from './network.ts';

export interface Search {
  /** Size of each level by the one before, below 1. */
  readonly factor: number;
  /** Pixels; larger faces are not looked for. */
  readonly maxFace: number;
}

/** The smallest face that the network finds well, in pixels of a level. */
const SMALLEST = 48;
/** Pixels of the first level: what the network's memory is made for. */
const MAX_LEVEL = limits.levelPixels.value;
/** Every picture is enlarged, for a first look at faces of the smallest size; small ones more, up to this side. */
const ENLARGED = 1.25;
const MIN_SIDE = 640;

/** Scales from the largest to the one where a face of `maxFace` pixels is as small as the network finds. */
function scales({ width, height }: Picture, { factor, maxFace }: Search): number[] {
  const enlarged = Math.min(2, Math.max(ENLARGED, MIN_SIDE / Math.max(width, height)));
  const first = Math.min(enlarged, Math.sqrt(MAX_LEVEL / (width * height)));
  const largest = Math.max(SMALLEST / first, Math.min(width, height, maxFace));
  const found: number[] = [];
  for (let scale = first; scale * largest >= SMALLEST; scale *= factor) found.push(scale);
  return found.length > 0 ? found : [first];
}

/** Faces, best first before merging. Memory: the picture, and about 250 bytes for each pixel of the first level. */
export async function detectFaces(
  picture: Picture,
  search: Search,
  context: Pick<FunctionContext, 'memoryBytes' | 'retire'>,
): Promise<Face[]> {
  using session = await Session.open(await faceNetwork(), context);
  const [input] = session.inputs;
  const [output] = session.outputs;
  if (!input || !output) throw new Error('the face network has lost its ends');
  const found: Face[] = [];
  let source = { picture, scale: 1 };
  for (const scale of scales(picture, search)) {
    while (scale <= source.scale / 2 && Math.min(source.picture.width, source.picture.height) > 1) {
      source = { picture: halve(source.picture), scale: source.scale / 2 };
    }
    const { width, height, planes } = level(source.picture, scale / source.scale);
    const tensor = { type: FLOAT, dims: [1, 3, height, width], data: planes };
    const { data, dims } = session.run([{ port: input, tensor }], output);
    const [, , rows, columns] = dims;
    if (rows === undefined || columns === undefined || !(data instanceof Float32Array))
      throw new Error('the output of the face network has another shape');
    found.push(...proposeFaces(data, rows, columns, scale));
  }
  return mergeFaces(found.filter(({ width, height }) => Math.sqrt(width * height) <= search.maxFace));
}
