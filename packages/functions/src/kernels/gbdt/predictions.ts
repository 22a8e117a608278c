/** Adds a step to the predictions (floats of 32 bits) of some rows. */
export function addToRows(predictions: Float32Array, rows: Uint32Array, step: number): void {
  for (const row of rows) predictions[row] += step;
}
