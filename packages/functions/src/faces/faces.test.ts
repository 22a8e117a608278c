import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as fc from 'fast-check';
import { encode } from 'jpeg-js';
import { describe, expect, it } from 'vitest';
import { type Face, mergeFaces, overlap, proposeFaces } from '../kernels/faces/boxes.ts';
import { ANCHORS, CELL, PER_BOX } from '../kernels/faces/grid.ts';
import { halve, level } from '../kernels/faces/pyramid.ts';
import { FunctionError } from '../refusal.ts';
import { runFunction } from '../testing/run.ts';
import { runs } from '../testing/runs.ts';
import { tinyJpeg } from '../testing/tiny-jpeg.ts';
import { faceDetection } from './faces.ts';
import { decodeJpeg } from './jpeg.ts';

interface Found {
  readonly bbox: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  readonly score: number;
}

const detect = async (image: Uint8Array | readonly number[], args: Record<string, unknown> = {}) =>
  JSON.parse((await runFunction(faceDetection, { image: [...image], ...args })).text) as Found[];

/** A picture of `color(x, y)` as JPEG. */
function jpeg(width: number, height: number, color: (x: number, y: number) => number): Uint8Array {
  const data = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    const rgb = color(i % width, Math.floor(i / width));
    data.set([rgb >> 16, (rgb >> 8) & 255, rgb & 255, 255], i * 4);
  }
  return encode({ width, height, data }, 90).data;
}

/** Photographs that come with the package of the detector's weights, and who is where, as a person sees it. */
const photo = (name: string) =>
  readFileSync(createRequire(import.meta.url).resolve(`@vladmandic/face-api/demo/${name}`));
/** Half as wide and high, as often as is said: a quarter of the time each. */
async function halved(photograph: Uint8Array, times: number): Promise<Uint8Array> {
  let picture = await decodeJpeg(photograph);
  for (let time = 0; time < times; time++) picture = halve(picture);
  const { width, height, rgb } = picture;
  return jpeg(width, height, (x, y) => Buffer.from(rgb.buffer).readUIntBE((y * width + x) * 3, 3));
}
const near = ({ bbox }: Found, [x, y]: readonly [number, number]) =>
  x > bbox.x && x < bbox.x + bbox.width && y > bbox.y && y < bbox.y + bbox.height;

describe('builtin-face-detection', () => {
  it.each<[string, number, (readonly [number, number])[]]>([
    [
      'sample1.jpg',
      1,
      [
        [255, 255],
        [464, 280],
        [787, 170],
      ],
    ],
    [
      'sample6.jpg',
      0,
      [
        [355, 641],
        [1584, 428],
        [759, 497],
        [1269, 463],
      ],
    ],
  ])('finds everybody in %s, halved %i times, and nobody else', async (name, times, people) => {
    const found = await detect(times === 0 ? photo(name) : await halved(photo(name), times));
    expect(found.length).toBe(people.length);
    for (const person of people) expect(found.filter((face) => near(face, person)).length).toBe(1);
    for (const { bbox, score } of found) {
      expect(bbox.width).toBe(bbox.height);
      expect(score).toBeGreaterThanOrEqual(3.85);
    }
    const [face] = found;
    expect(Object.keys(face ?? {})).toEqual(['bbox', 'roll', 'pitch', 'yaw', 'score']);
  });

  it('keeps to the limits that it is given', async () => {
    const image = await halved(photo('sample1.jpg'), 2);
    const scores = (await detect(image)).map(({ score }) => score).sort((a, b) => b - a);
    expect(scores.length).toBe(3);
    const [, second = Number.NaN, third = Number.NaN] = scores;
    expect((await detect(image, { score_thresh: (second + third) / 2 })).length).toBe(2);
    expect(await detect(image, { max_face_size: 50 })).toEqual([]);
  });

  it('finds nobody in noise, stripes or one color', async () => {
    const pictures = [
      jpeg(300, 200, (x, y) => (Math.imul(x * 7919 + y * 104729, 0x9e3779b1) >>> 8) & 0xffffff),
      jpeg(200, 300, (x) => (x % 16 < 8 ? 0xffffff : 0)),
      jpeg(64, 64, () => 0xe0b090),
      jpeg(1, 1, () => 0),
      jpeg(3000, 1, (x) => x),
    ];
    for (const picture of pictures) expect(await detect(picture, { score_thresh: 2 })).toEqual([]);
  });

  const fixture = new URL('../../../../../shared/fixtures/functions/face_input.jpg', import.meta.url);
  it.skipIf(!existsSync(fixture))(
    'finds 29 faces where Teaclave does (skipped: no picture on this machine)',
    async () => {
      const args = {
        min_face_size: 20,
        score_thresh: 2.0,
        pyramid_scale_factor: 0.8,
        slide_window_step_x: 4,
        slide_window_step_y: 4,
      };
      const found = await detect(readFileSync(fixture), args);
      expect(found.length).toBe(29);
      // The faces of that picture, as the contract has it, are from 45 to 63 pixels wide.
      for (const { bbox } of found) expect(Math.abs(bbox.width - 60)).toBeLessThan(25);
    },
  );

  const image = tinyJpeg();
  it.each<[Record<string, unknown>, string | RegExp]>([
    [{}, /^Cannot deserialize arguments$/],
    [{ image: 'x' }, /^Cannot deserialize arguments$/],
    [{ image: [256] }, /^Cannot deserialize arguments$/],
    [{ image: null }, /^Cannot deserialize arguments$/],
    [{ image, window_size: 19 }, 'The argument "window_size" must be at least 20, not 19.'],
    [{ image, min_face_size: 1 }, 'The argument "min_face_size" must be at least 20, not 1.'],
    [{ image, slide_window_step_x: 0, slide_window_step_y: 4 }, '"slide_window_step_x" must be at least 1'],
    [{ image, pyramid_scale_factor: 1 }, 'The argument "pyramid_scale_factor" must be at most 0.99, not 1.'],
    [{ image, pyramid_scale_factor: 0 }, 'must be at least 0.01'],
    [{ image, score_thresh: 0 }, 'The argument "score_thresh" must be above 0, not 0.'],
    [{ image, max_face_size: 2 ** 32 }, 'must be at most 4294967295'],
    [{ image: [] }, 'The image format could not be determined'],
    [{ image: [0x89, 0x50, 0x4e, 0x47, 13, 10] }, 'The image format Png is not supported'],
    [{ image: tinyJpeg(4097, 4096) }, 'The image has 4097 x 4096 pixels, more than the 16777216'],
    [{ image: tinyJpeg(0, 8) }, 'The image has no pixels.'],
    [{ image: tinyJpeg(800, 800) }, 'The image cannot be decoded'],
    [{ image: image.slice(0, 90) }, 'The image'],
    [{ image: [...image.slice(0, -2), ...image.slice(2)] }, 'a JPEG with 2 frames'],
  ])('refuses %j', async (args, message) => {
    const refused = runFunction(faceDetection, args);
    await expect(refused).rejects.toThrow(FunctionError);
    await expect(refused).rejects.toThrow(message);
  });

  it('takes null for what may be left out', async () => {
    expect(await detect(image, { window_size: null, score_thresh: null })).toEqual([]);
  });
});

describe('JPEG pictures of strangers', () => {
  it('are decoded or refused, whatever their bytes', async () => {
    const valid = [Uint8Array.from(tinyJpeg(16, 16)), jpeg(24, 17, (x, y) => x * y * 999)];
    const changes = fc.array(fc.tuple(fc.nat(700), fc.nat(255)), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...valid), changes, fc.nat(800), async (picture, bytes, length) => {
        const mutated = picture.slice(0, Math.max(10, length));
        for (const [at, byte] of bytes) if (at < mutated.length) mutated[at] = byte;
        try {
          const { width, height, rgb } = await decodeJpeg(mutated);
          expect(rgb.length).toBe(width * height * 3);
        } catch (error) {
          expect(error).toBeInstanceOf(FunctionError);
        }
      }),
      { numRuns: runs(1000) },
    );
  });
});

describe('the parts of the detector', () => {
  it('makes planes of the picture, black where it ends', () => {
    const picture = { width: 2, height: 1, rgb: Uint8Array.of(10, 20, 30, 110, 120, 130) };
    const { width, height, planes } = level(picture, 2);
    expect([width, height, planes.length]).toEqual([CELL, CELL, 3 * CELL * CELL]);
    const red = [0, 1, 2, 3, 4].map((x) => Math.round((planes[x] as number) * 255 + 117.001) + 0);
    expect(red).toEqual([10, 35, 85, 110, 0]);
    expect(halve({ width: 3, height: 2, rgb: Uint8Array.from({ length: 18 }, (_, i) => i * 4) })).toEqual({
      width: 1,
      height: 1,
      rgb: Uint8Array.of(24, 28, 32),
    });
  });

  it('reads boxes out of the cells', () => {
    const [rows, columns] = [2, 3];
    const values = new Float32Array(ANCHORS.length * PER_BOX * rows * columns).fill(-5);
    [0, 0, Math.log(2), 0, 3].forEach((value, plane) => {
      values[(PER_BOX + plane) * rows * columns + 4] = value;
    });
    const [face, ...others] = proposeFaces(values, rows, columns, 0.5);
    const [wide, high] = ANCHORS[1] as readonly [number, number];
    expect(others).toEqual([]);
    expect(face?.score).toBe(4);
    expect([face?.width, face?.height].map(Math.fround as never)).toEqual(
      [wide * 2 * 64, high * 64].map(Math.fround),
    );
    expect((face as Face).x + (face as Face).width / 2).toBeCloseTo(1.5 * 64, 6);
    expect((face as Face).y + (face as Face).height / 2).toBeCloseTo(1.5 * 64, 6);
  });

  it('merges boxes of one face and adds up their scores', () => {
    const box = { x: 0, y: 0, width: 10, height: 10, score: 1 };
    expect(overlap(box, { ...box, x: 5 })).toBeCloseTo(1 / 3);
    expect(overlap(box, { ...box, x: 10 })).toBe(0);
    expect(mergeFaces([box, { ...box, x: 1, score: 3 }, { ...box, x: 50, score: 2 }])).toEqual([
      { ...box, x: 1, score: 4 },
      { ...box, x: 50, score: 2 },
    ]);
  });
});
