/** A grey square of 8 x 8 pixels as a JPEG (ITU T.81: one block, one code in each table). */
import { fromBase64 } from './base64.ts';

export const greyJpeg: readonly number[] = [
  ...fromBase64(
    [
      '/9j/2wBDAAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQH/wAAL',
      'CAAIAAgBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AP//Z',
    ].join(''),
  ),
];
