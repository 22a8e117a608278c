import { bytes, decodeArguments, float, unsigned } from '../catalogue/arguments.ts';
import { type CataloguedFunction, FunctionError } from '../function.ts';
import type { Face } from '../kernels/faces/boxes.ts';
import { detectFaces } from './detect.ts';
import { decodeJpeg } from './jpeg.ts';
import { tinyJpeg } from './tiny-jpeg.ts';

const U32 = 2 ** 32 - 1;
const declared = {
  image: bytes('The bytes of a JPEG file, at most 4096 x 4096 pixels in all'),
  window_size: unsigned('Checked and ignored, as by Teaclave', {
    minimum: 20,
    maximum: U32,
    default: undefined,
  }),
  slide_window_step_x: unsigned('Checked and ignored: there is no sliding window', {
    minimum: 1,
    maximum: U32,
    default: undefined,
  }),
  slide_window_step_y: unsigned('Checked and ignored: there is no sliding window', {
    minimum: 1,
    maximum: U32,
    default: undefined,
  }),
  min_face_size: unsigned('Checked and ignored, as by Teaclave', {
    minimum: 20,
    maximum: U32,
    default: undefined,
  }),
  max_face_size: unsigned('Side of the largest face to look for, in pixels', {
    maximum: U32,
    default: undefined,
  }),
  pyramid_scale_factor: float('How much smaller the picture gets from one look to the next', {
    minimum: 0.01,
    maximum: 0.99,
    default: 0.8,
  }),
  score_thresh: float('The least score of a face, above 0', { default: 3.85 }),
} as const;

/** Teaclave's boxes are somewhat smaller than the network's, and higher by this part of a side. */
const TEACLAVE_SIDE = 0.9;
const TEACLAVE_HIGHER = 0.1;

/** The square that the contract wants, where Teaclave's detector would have put it on the same face. */
function shown({ x, y, width, height, score }: Face) {
  const side = Math.round(Math.sqrt(width * height) * TEACLAVE_SIDE);
  return {
    bbox: {
      x: Math.round(x + (width - side) / 2),
      y: Math.round(y + (height - side) / 2 - side * TEACLAVE_HIGHER),
      width: side,
      height: side,
    },
    roll: 0,
    pitch: 0,
    yaw: 0,
    score,
  };
}

/** Finds faces in a JPEG picture (contract 1.11), with another detector than Teaclave's: docs/functions/face-detection.md. */
export const faceDetection: CataloguedFunction = {
  name: 'builtin-face-detection',
  entry: {
    summary: 'Finds the faces in a JPEG picture.',
    arguments: declared,
    inputs: [],
    outputs: [],
    returns: 'a JSON array of {"bbox":{"x","y","width","height"},"roll","pitch","yaw","score"}, in pixels',
    example: { arguments: { image: tinyJpeg() }, returns: '[]' },
  },
  async run(context) {
    // An optional argument may also be null.
    const given = Object.entries(context.args).filter(([name, value]) => value !== null || name === 'image');
    const args = decodeArguments(Object.fromEntries(given), declared);
    if (args.score_thresh <= 0) {
      throw new FunctionError(`The argument "score_thresh" must be above 0, not ${args.score_thresh}.`);
    }
    const picture = await decodeJpeg(args.image);
    const search = {
      factor: Math.fround(args.pyramid_scale_factor),
      maxFace: args.max_face_size ?? U32,
    };
    const faces = await detectFaces(picture, search, context);
    return JSON.stringify(faces.filter(({ score }) => score >= args.score_thresh).map(shown));
  },
};
