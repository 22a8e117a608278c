/** Decoding an untrusted JPEG: its announced size is looked at first, so that a few bytes cannot ask for gigabytes. */

import type { Picture } from '../kernels/faces/grid.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';

/** What a picture may have: 4096 x 4096. */
const MAX_PIXELS: number = limits.pixels.value;
/** The decoder keeps coefficients and samples of every component. */
const MAX_DECODER_MIB = limits.decoderMemory.value;

const SIGNATURES: readonly (readonly [string, readonly number[]])[] = [
  ['Png', [0x89, 0x50, 0x4e, 0x47]],
  ['Gif', [0x47, 0x49, 0x46, 0x38]],
  ['WebP', [0x52, 0x49, 0x46, 0x46]],
  ['Bmp', [0x42, 0x4d]],
  ['Tiff', [0x49, 0x49, 0x2a, 0x00]],
  ['Tiff', [0x4d, 0x4d, 0x00, 0x2a]],
];

const startsWith = (bytes: Uint8Array, signature: readonly number[]) =>
  signature.every((byte, i) => bytes[i] === byte);

const isFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/** Throws `FunctionError` for a size without pixels, or with too many. */
function requirePixels(width: number, height: number): void {
  if (width === 0 || height === 0) throw new FunctionError('invalid-image', 'The image has no pixels.');
  if (width * height > MAX_PIXELS) {
    throw new FunctionError(
      'too-large',
      `The image has ${width} x ${height} pixels, more than the ${MAX_PIXELS} that are taken: scale it down.`,
    );
  }
}

/** Throws `FunctionError` unless every frame header (there should be one) announces a size within bounds. */
function checkSize(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let frames = 0;
  for (let at = 2; at + 9 <= bytes.length; ) {
    if (bytes[at] !== 0xff) {
      at++;
      continue;
    }
    const marker = view.getUint8(at + 1);
    // Fill bytes, stuffed zeros in the scan's data, restarts and other markers that stand alone.
    if (marker === 0xff || marker === 0 || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += marker === 0xff ? 1 : 2;
      continue;
    }
    if (marker === 0xd9) break;
    if (isFrame(marker)) {
      frames++;
      requirePixels(view.getUint16(at + 7), view.getUint16(at + 5));
    }
    at += 2 + view.getUint16(at + 2);
  }
  if (frames !== 1)
    throw new FunctionError('invalid-image', `The image is a JPEG with ${frames} frames instead of one.`);
}

/** Throws `FunctionError` for anything but one JPEG picture of a size within bounds. */
export async function decodeJpeg(bytes: Uint8Array): Promise<Picture> {
  if (!startsWith(bytes, [0xff, 0xd8, 0xff])) {
    const other = SIGNATURES.find(([, signature]) => startsWith(bytes, signature))?.[0];
    throw new FunctionError(
      'invalid-image',
      other === undefined
        ? 'The image format could not be determined: give the bytes of a JPEG file.'
        : `The image format ${other} is not supported: give the bytes of a JPEG file.`,
    );
  }
  checkSize(bytes);
  const { decode } = (await import('jpeg-js')).default;
  try {
    const { width, height, data } = decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      maxResolutionInMP: MAX_PIXELS / 1e6,
      maxMemoryUsageInMB: MAX_DECODER_MIB,
    });
    return { width, height, rgb: data };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FunctionError('invalid-image', `The image cannot be decoded: ${why}`, { cause });
  }
}
