/** A picture at falling sizes, as the network takes it: planes of floats, zero where the picture ends. */
import { CELL, MEAN, type Picture } from './grid.ts';

export interface Level {
  /** Pixels of this level for one of the picture. */
  readonly scale: number;
  /** Of the planes, multiples of `CELL`. */
  readonly width: number;
  readonly height: number;
  /** Red, green and blue plane, each by rows. */
  readonly planes: Float32Array;
}

const DEPTH = 255;
const round = (pixels: number) => Math.ceil(pixels / CELL) * CELL;

/** The level at `scale`, interpolated between the four nearest pixels. */
export function level({ width, height, rgb }: Picture, scale: number): Level {
  const inner = {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
  const outer = { width: round(inner.width), height: round(inner.height) };
  const planes = new Float32Array(3 * outer.width * outer.height);
  const across = positions(width, inner.width);
  const down = positions(height, inner.height);
  for (let channel = 0; channel < 3; channel++) {
    const mean = MEAN[channel];
    // What lies outside is black to the network.
    planes.fill(
      -mean / DEPTH,
      channel * outer.width * outer.height,
      (channel + 1) * outer.width * outer.height,
    );
    for (let y = 0; y < inner.height; y++) {
      const top = down.from[y] * width * 3 + channel;
      const bottom = down.to[y] * width * 3 + channel;
      const v = down.part[y];
      const row = (channel * outer.height + y) * outer.width;
      for (let x = 0; x < inner.width; x++) {
        const left = across.from[x] * 3;
        const right = across.to[x] * 3;
        const u = across.part[x];
        const above = rgb[top + left] * (1 - u) + rgb[top + right] * u;
        const below = rgb[bottom + left] * (1 - u) + rgb[bottom + right] * u;
        planes[row + x] = (above * (1 - v) + below * v - mean) / DEPTH;
      }
    }
  }
  return { scale, ...outer, planes };
}

/** For each of `to` pixels the two of `from` that it lies between, and how far along. */
function positions(from: number, to: number) {
  const found = { from: new Int32Array(to), to: new Int32Array(to), part: new Float32Array(to) };
  for (let i = 0; i < to; i++) {
    const at = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
    const whole = Math.floor(at);
    found.from[i] = whole;
    found.to[i] = Math.min(from - 1, whole + 1);
    found.part[i] = at - whole;
  }
  return found;
}

/** Half the size, each pixel the mean of four: what smaller levels are interpolated from, for less noise. */
export function halve({ width, height, rgb }: Picture): Picture {
  const half = { width: width >> 1, height: height >> 1 };
  const out = new Uint8Array(half.width * half.height * 3);
  for (let y = 0, at = 0; y < half.height; y++) {
    for (let x = 0; x < half.width; x++) {
      const first = (y * 2 * width + x * 2) * 3;
      for (let channel = 0; channel < 3; channel++, at++) {
        const i = first + channel;
        const sum = rgb[i] + rgb[i + 3] + rgb[i + width * 3] + rgb[i + width * 3 + 3];
        out[at] = (sum + 2) >> 2;
      }
    }
  }
  return { ...half, rgb: out };
}
