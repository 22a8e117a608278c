import { faceDetectionEntry } from '@gaiwan/catalogue/entries';
import { dictionary } from '@gaiwan/errors';
import { decodeArguments } from '../arguments/decode.ts';
import type { CataloguedFunction } from '../function.ts';
import type { Face } from '../kernels/faces/boxes.ts';
import { FunctionError } from '../refusal.ts';
import { detectFaces } from './detect.ts';
import { decodeJpeg } from './jpeg.ts';

const U32 = 2 ** 32 - 1;
/** Teaclave's boxes are somewhat smaller than the network's, and higher by this part of a side. */
const TEACLAVE_SIDE = 0.9;
const TEACLAVE_HIGHER = 0.1;

/** The square that the contract wants, where Teaclave's detector would have put it on the same face. */
function toTeaclaveFace({ x, y, width, height, score }: Face) {
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
  name: faceDetectionEntry.name,
  entry: faceDetectionEntry,
  async run(context) {
    // An optional argument may also be null.
    const given = Object.entries(context.args).filter(([name, value]) => value !== null || name === 'image');
    const args = decodeArguments(dictionary(given), faceDetectionEntry.arguments);
    if (args.score_thresh <= 0) {
      throw new FunctionError(
        'invalid-arguments',
        `The argument "score_thresh" must be above 0, not ${args.score_thresh}.`,
      );
    }
    const picture = await decodeJpeg(args.image);
    const search = {
      factor: Math.fround(args.pyramid_scale_factor),
      maxFace: args.max_face_size ?? U32,
    };
    const faces = await detectFaces(picture, search, context);
    return JSON.stringify(faces.filter(({ score }) => score >= args.score_thresh).map(toTeaclaveFace));
  },
};
