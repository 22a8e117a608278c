/** How far predictions of a number are off. Sums are compensated (Neumaier), so that millions of rows lose nothing. */

class Sum {
  #sum = 0;
  #lost = 0;

  add(term: number): void {
    const next = this.#sum + term;
    this.#lost += Math.abs(this.#sum) >= Math.abs(term) ? this.#sum - next + term : term - next + this.#sum;
    this.#sum = next;
  }

  get value(): number {
    return this.#sum + this.#lost;
  }
}

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
