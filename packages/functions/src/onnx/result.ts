/** A model's output as lines of CSV. */
import { FunctionError } from '../refusal.ts';
import { formatDebug, formatF32 } from '../text/format.ts';
import { joinRecord } from '../text/record-text.ts';
import { DOUBLE, FLOAT, FLOAT16, STRING } from './element.ts';
import type { Tensor } from './runtime.ts';

function formatOne(value: number | bigint | string, type: number): string {
  if (typeof value !== 'number') return String(value);
  // A float of 16 bits is one of 32, too.
  if ((type === FLOAT || type === FLOAT16) && Number.isFinite(value)) return formatF32(value);
  return type === FLOAT || type === FLOAT16 || type === DOUBLE ? formatDebug(value) : String(value);
}

/** Columns of an output whose first dimension is `fed` rows. Throws `FunctionError` for another shape. */
export function countColumns({ dims, data }: Tensor, fed: number): number {
  if (dims[0] !== fed) {
    const shape = `[${dims.join(', ')}]`;
    throw new FunctionError(
      'invalid-model',
      `The model's output for ${fed} rows has the shape ${shape}: one row for each was expected.`,
    );
  }
  return data.length / fed;
}

/** The first `rows` rows of an output, a line each. */
export function* formatLines({ type, data }: Tensor, rows: number, columns: number): Generator<string> {
  for (let row = 0; row < rows; row++) {
    const fields: string[] = [];
    for (let i = row * columns; i < (row + 1) * columns; i++) fields.push(formatOne(data[i] ?? '', type));
    yield `${type === STRING ? joinRecord(fields) : fields.join(',')}\n`;
  }
}

/** The names of the result's columns: the classes of a classifier that says them, else the output's name, with numbers if it has several. */
export function nameColumns(output: string, columns: number, classes: readonly string[] | undefined): string {
  if (classes?.length === columns) return `${joinRecord(classes)}\n`;
  const names = columns === 1 ? [output] : Array.from({ length: columns }, (_, i) => `${output}.${i}`);
  return `${joinRecord(names)}\n`;
}
