/** How rows of a table become a model's inputs, and which output of a model is written. */

import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import { quote } from '../text/quote.ts';
import { createElements } from './cells.ts';
import { elementName } from './element.ts';
import type { Port } from './runtime.ts';

/** What one run of the model may be given. */
export const MAX_NUMBERS: number = limits.onnxInput.value;

/** An input, and the cells of a row that go into it. */
export interface PlannedInput {
  readonly port: Port;
  /** Sizes after the first one, which is the rows. */
  readonly sizes: readonly number[];
  /** Their product. */
  readonly width: number;
}

export interface Plan {
  readonly inputs: readonly PlannedInput[];
  /** Cells of a row that go into the model. */
  readonly width: number;
  /** Rows that the model wants at once; undefined where it leaves that open. */
  readonly rows: number | undefined;
}

/** What the task says of sizes that the model leaves open. */
export interface Sizes {
  /** Columns that go into the model. */
  readonly columns: number | undefined;
  /** Sizes of one row. */
  readonly row: readonly number[] | undefined;
}

/** As many names and sizes as a message has. */
const SHOWN = 8;

function list(items: readonly (string | number)[]): string {
  return items.length > SHOWN ? `${items.slice(0, SHOWN).join(', ')}, ...` : items.join(', ');
}

const names = (ports: readonly Port[]) => list(ports.map(({ name }) => quote(name)));

const size = (dim: number | string): number | undefined =>
  typeof dim === 'number' && dim >= 0 ? dim : undefined;

const shapeText = ({ dims }: Port) => `[${list(dims.map((dim) => size(dim) ?? 'any'))}]`;

const refuseModel = (text: string): never => {
  throw new FunctionError('invalid-model', text);
};

/** The output of that name, or the first one. Throws `FunctionError` where there is none, and for what is no tensor. */
export function chooseOutput(ports: readonly Port[], name: string | undefined): Port {
  const port = name === undefined ? ports[0] : ports.find((one) => one.name === name);
  if (!port) {
    return refuseModel(
      name === undefined
        ? 'The model has no output.'
        : `The model has no output ${quote(name)}; it has ${names(ports)}.`,
    );
  }
  if (port.type === 0) {
    refuseModel(
      `The model's output ${quote(port.name)} is no tensor but a sequence or a map: export it without (skl2onnx: options={'zipmap': False}), or choose another output of ${names(ports)}.`,
    );
  }
  return port;
}

/** Throws `FunctionError` for inputs that no table can be, before any row is read. */
export function checkInputs(inputs: readonly Port[]): void {
  if (inputs.length === 0) refuseModel('The model has no input.');
  for (const port of inputs) {
    if (!createElements(port.type, { missing: 0, rounded: 0, blanks: 0 })) {
      refuseModel(
        `The model's input ${quote(port.name)} is of ${elementName(port.type)}; floats, integers, bool and string can be given.`,
      );
    }
    if (port.dims.length === 0) {
      refuseModel(
        `The model's input ${quote(port.name)} has the shape []: it takes no rows of a table. Export the model with that value as a constant.`,
      );
    }
  }
}

const inner = ({ dims }: Port) => dims.slice(1).map(size);
const isOpen = (port: Port) => inner(port).includes(undefined);
const widthOf = (sizes: readonly number[]) => sizes.reduce((product, one) => product * one, 1);

/** The only input whose sizes are open, if any is. */
function onlyOpen(inputs: readonly Port[]): Port | undefined {
  const [open, other] = inputs.filter(isOpen);
  if (open && other) {
    refuseModel(
      `The model leaves sizes of the inputs ${quote(open.name)} ${shapeText(open)} and ${quote(other.name)} ${shapeText(other)} open: export it with all sizes but the first one fixed.`,
    );
  }
  return open;
}

/** The sizes of the open input's row. */
function openSizes(port: Port, others: number, { columns, row }: Sizes): readonly number[] {
  const known = inner(port);
  const shape = shapeText(port);
  if (row) {
    if (row.length === known.length && row.every((one, i) => one === (known[i] ?? one))) return row;
    return refuseModel(
      `The argument "row_shape" says [${list(row)}], and the model's input ${quote(port.name)} has the shape ${shape}, of which the first size is the rows.`,
    );
  }
  if (known.length > 1) {
    throw new FunctionError(
      'invalid-arguments',
      `The model's input ${quote(port.name)} has the shape ${shape}: say the sizes of one row with the argument "row_shape", such as "3x48x320".`,
    );
  }
  if (columns !== undefined) return [Math.max(0, columns - others)];
  throw new FunctionError(
    'invalid-arguments',
    `The model's input ${quote(port.name)} leaves the number of columns open: say it with the argument "columns".`,
  );
}

/** Throws `FunctionError` where the inputs differ in what their first size is. */
function fixedRows(inputs: readonly Port[]): number | undefined {
  const counts = inputs.flatMap(({ dims }) => size(dims[0] ?? '') ?? []);
  const [first] = counts;
  if (counts.some((count) => count !== first)) {
    refuseModel(
      `The model's inputs have different first sizes (${inputs
        .map((port) => `${quote(port.name)} ${shapeText(port)}`)
        .slice(0, SHOWN)
        .join(
          ', ',
        )}): rows go in along the first one, so it must be the same in all of them. What is not rows of a table (a state, a setting) must be a constant of the model.`,
    );
  }
  return first;
}

/**
 * Rows go in along the first dimension of every input; the others must have fixed sizes, whose product is how many cells of a row
 * fill it, in order. One input may leave them open: then `given` says them. Throws `FunctionError` where that does not work out.
 */
export function planInputs(ports: readonly Port[], given: Sizes): Plan {
  const open = onlyOpen(ports);
  if (given.row && !open) {
    throw new FunctionError(
      'invalid-arguments',
      'The argument "row_shape" would be ignored: the model leaves no size of a row open.',
    );
  }
  const fixed = (port: Port) => inner(port).flatMap((one) => one ?? []);
  const others = ports.reduce((sum, port) => (port === open ? sum : sum + widthOf(fixed(port))), 0);
  const inputs = ports.map((port): PlannedInput => {
    const sizes = port === open ? openSizes(port, others, given) : fixed(port);
    return { port, sizes, width: widthOf(sizes) };
  });
  const width = inputs.reduce((sum, one) => sum + one.width, 0);
  const rows = fixedRows(ports);
  const isEmpty = inputs.some((one) => one.width === 0);
  if (isEmpty || rows === 0 || width * (rows ?? 1) > MAX_NUMBERS) {
    refuseModel(
      `The model's inputs have the shapes ${list(ports.map(shapeText))}: from 1 to ${MAX_NUMBERS} numbers can go in at once.`,
    );
  }
  return { inputs, width, rows };
}
