/** The bits of floating point numbers. */
const view = new DataView(new ArrayBuffer(8));

/** The 64 bits of a double. */
export function bitsOf(value: number): bigint {
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

/** The lower 32 bits of a double: of its fraction's 52. */
export function lowBitsOf(value: number): number {
  view.setFloat64(0, value);
  return view.getUint32(4);
}
