/** How far predictions of a number are off. */
import { Sum } from '../sum.ts';

/** `r2` is null where all labels are the same. */
export function measureErrors(labels: Float64Array, predictions: Float64Array) {
  const [squares, sizes, offsets, total, spread] = [new Sum(), new Sum(), new Sum(), new Sum(), new Sum()];
  const rows = labels.length;
  for (let i = 0; i < rows; i++) {
    const label = labels[i];
    const error = predictions[i] - label;
    squares.add(error * error);
    sizes.add(Math.abs(error));
    offsets.add(error);
    total.add(label);
  }
  const mean = total.value / rows;
  for (let i = 0; i < rows; i++) spread.add((labels[i] - mean) ** 2);
  return {
    rmse: Math.sqrt(squares.value / rows),
    mae: sizes.value / rows,
    mean_error: offsets.value / rows,
    r2: spread.value === 0 ? null : 1 - squares.value / spread.value,
  };
}
