export interface FilterShape {
  readonly inner: number;
  readonly outer: number;
  /** Height times width. */
  readonly area: number;
}

/** Filters in the order [height, width, inner, outer] of TensorFlow put in the order [outer, inner, height, width] of ONNX. */
export function reorderFilters(values: Float32Array, { inner, outer, area }: FilterShape): Float32Array {
  const data = new Float32Array(values.length);
  for (let o = 0, at = 0; o < outer; o++)
    for (let i = 0; i < inner; i++)
      for (let yx = 0; yx < area; yx++, at++) data[at] = values[(yx * inner + i) * outer + o];
  return data;
}
