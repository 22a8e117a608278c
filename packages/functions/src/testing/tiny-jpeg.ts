/** The smallest JPEG there is to show: a grey square of 8 x 8 pixels (ITU T.81: one block, one code in each table). */
export function tinyJpeg(width = 8, height = 8): number[] {
  const segment = (marker: number, body: readonly number[]) => {
    const length = body.length + 2;
    return [0xff, marker, length >> 8, length & 255, ...body];
  };
  const zeros = (length: number) => Array.from({ length }, () => 0);
  const oneCode = (table: number) => segment(0xc4, [table, 1, ...zeros(16)]);
  return [
    [0xff, 0xd8],
    segment(0xdb, [0, ...zeros(64).fill(1)]),
    segment(0xc0, [8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0]),
    oneCode(0x00),
    oneCode(0x10),
    segment(0xda, [1, 1, 0x00, 0, 63, 0]),
    [0b0011_1111, 0xff, 0xd9],
  ].flat();
}
