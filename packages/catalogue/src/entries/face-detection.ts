import { defineEntry } from '../entry.ts';
import { greyJpeg } from '../examples/grey-jpeg.ts';

const U32 = 2 ** 32 - 1;

export const faceDetectionEntry = defineEntry({
  name: 'builtin-face-detection',
  summary: 'Finds the faces in a JPEG picture.',
  arguments: {
    image: { type: 'bytes', text: 'The bytes of a JPEG file, at most 4096 x 4096 pixels in all' },
    window_size: {
      type: 'unsigned',
      text: 'Checked and ignored, as by Teaclave',
      minimum: 20,
      maximum: U32,
      default: undefined,
    },
    slide_window_step_x: {
      type: 'unsigned',
      text: 'Checked and ignored: there is no sliding window',
      minimum: 1,
      maximum: U32,
      default: undefined,
    },
    slide_window_step_y: {
      type: 'unsigned',
      text: 'Checked and ignored: there is no sliding window',
      minimum: 1,
      maximum: U32,
      default: undefined,
    },
    min_face_size: {
      type: 'unsigned',
      text: 'Checked and ignored, as by Teaclave',
      minimum: 20,
      maximum: U32,
      default: undefined,
    },
    max_face_size: {
      type: 'unsigned',
      text: 'Side of the largest face to look for, in pixels',
      maximum: U32,
      default: undefined,
    },
    pyramid_scale_factor: {
      type: 'float',
      text: 'How much smaller the picture gets from one look to the next',
      minimum: 0.01,
      maximum: 0.99,
      default: 0.8,
    },
    score_thresh: { type: 'float', text: 'The least score of a face, above 0', default: 3.85 },
  },
  inputs: [],
  outputs: [],
  returns: 'a JSON array of {"bbox":{"x","y","width","height"},"roll","pitch","yaw","score"}, in pixels',
  example: { arguments: { image: greyJpeg }, returns: '[]' },
});
