/** Data for pca.ts, kmeans.ts and onnx.ts, the same in every run, and how results are printed. */
import { makeRandom, median } from './models.ts';

/** Rows around `groups` corners, row after row. */
export function groupedRows(rows: number, columns: number, groups: number): Float64Array {
  const { uniform: random } = makeRandom(42);
  const corners = Array.from({ length: groups }, () =>
    Float64Array.from({ length: columns }, () => random() * 6),
  );
  const values = new Float64Array(rows * columns);
  for (let row = 0, at = 0; row < rows; row++) {
    const corner = corners[Math.floor(random() * groups)] as Float64Array;
    for (let j = 0; j < columns; j++)
      values[at++] = (corner[j] as number) + random() + random() + random() - 1.5;
  }
  return values;
}

/** Lines of at most `rows` rows, with a last column of zeros. */
export function csvOf(values: Float64Array, rows: number, columns: number): Buffer {
  const lines: string[] = [];
  for (let row = 0; row < rows; row++)
    lines.push(`${values.subarray(row * columns, (row + 1) * columns).join(',')},0\n`);
  return Buffer.from(lines.join(''));
}

/** Rounds after three that warm up, in ms of processor time: what others do on the machine does not count. */
export async function timed<T>(
  rounds: number,
  once: () => T | Promise<T>,
): Promise<{ times: number[]; last: T }> {
  let last = await once();
  for (let warm = 0; warm < 2; warm++) last = await once();
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const begin = process.cpuUsage();
    last = await once();
    const { user, system } = process.cpuUsage(begin);
    times.push((user + system) / 1000);
  }
  return { times, last };
}

export function print(what: string, times: readonly number[], more = ''): void {
  const all = times.map((time) => time.toFixed(0)).join(', ');
  console.log(
    `${what.padEnd(58)} ${median(times).toFixed(1).padStart(8)} ms   (${all})${more && `  ${more}`}`,
  );
}

/** Of medians; and of the least times, which other programs on the machine lengthen least. */
export function printRatio(mine: readonly number[], theirs: readonly number[], goal?: number): void {
  const ratio = median(mine) / median(theirs);
  const met = goal === undefined ? '' : ` (goal <= ${goal}: ${ratio <= goal ? 'met' : 'missed'})`;
  const least = Math.min(...mine) / Math.min(...theirs);
  console.log(`ratio: ${ratio.toFixed(2)}${met}; of the least times: ${least.toFixed(2)}`);
}
