/** Sums of products in the order of rulinalg: eight running sums over every eighth term, then the rest one by one. */

const LANES = 8;

/** The eight sums at `sums[at + lane * step]`, added up. */
function combine(sums: Float64Array, at: number, step: number): number {
  let sum = 0;
  for (let lane = 0; lane < 4; lane++) {
    sum = sum + sums[at + lane * step] + sums[at + (lane + 4) * step];
  }
  return sum;
}

const lanes = new Float64Array(LANES);

/** `a[at..at + length]` times `b[0..length]`. */
export function dot(a: Float64Array, at: number, b: Float64Array, length: number): number {
  const whole = length - (length % LANES);
  lanes.fill(0);
  for (let i = 0; i < whole; i += LANES) {
    for (let lane = 0; lane < LANES; lane++) {
      lanes[lane] = lanes[lane] + a[at + i + lane] * b[i + lane];
    }
  }
  let sum = combine(lanes, 0, 1);
  for (let i = whole; i < length; i++) sum += a[at + i] * b[i];
  return sum;
}

/** `into[c]` = the dot product of column c of the row-major `matrix` with `vector` (one number a row). */
export function columnDots(matrix: Float64Array, vector: Float64Array, into: Float64Array): void {
  const rows = vector.length;
  const columns = into.length;
  const whole = rows - (rows % LANES);
  const sums = new Float64Array(LANES * columns);
  for (let row = 0; row < whole; row++) {
    const factor = vector[row];
    const lane = (row % LANES) * columns;
    const from = row * columns;
    for (let c = 0; c < columns; c++) {
      sums[lane + c] = sums[lane + c] + matrix[from + c] * factor;
    }
  }
  for (let c = 0; c < columns; c++) into[c] = combine(sums, c, columns);
  for (let row = whole; row < rows; row++) {
    const factor = vector[row];
    for (let c = 0; c < columns; c++) into[c] = into[c] + matrix[row * columns + c] * factor;
  }
}
