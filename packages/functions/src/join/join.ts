import { unsignedArgument } from '../arguments.ts';
import { type BuiltinFunction, type FunctionContext, FunctionError, type Input } from '../function.ts';
import { lineBlocks } from '../lines.ts';
import { Rows, readRows } from './rows.ts';
import { NameTable } from './table.ts';
import { requireUtf8 } from './utf8.ts';
import { writeTotals } from './write.ts';

/** Most names that room is made for on a guess. */
const MAX_GUESS = 1 << 22;

async function eachBatch(input: Input, use: (rows: Rows, bytesRead: number) => void): Promise<void> {
  const rows = new Rows();
  let offset = 0;
  for await (const block of lineBlocks(input)) {
    requireUtf8(block, offset);
    for (let position = 0; position < block.length; ) {
      position = readRows(block, position, rows);
      if (rows.count > 0) use(rows, offset + position);
    }
    offset += block.length;
  }
}

/** Makes room for the whole input once its first rows have shown how long rows are. */
function guessRoom(table: NameTable, rows: Rows, bytesRead: number, size: number | undefined): void {
  if (size === undefined || size <= bytesRead) return;
  let nameBytes = 0;
  for (let i = 0; i < rows.count; i++) nameBytes += (rows.end[i] as number) - (rows.start[i] as number);
  const factor = (size / bytesRead) * 1.02;
  const names = Math.min(MAX_GUESS, Math.ceil(rows.count * factor));
  table.reserve(names, Math.ceil((nameBytes / rows.count) * names));
}

/** The inputs' numbers, the smallest input first: its names are the ones that are kept in memory. */
function readingOrder(inputs: readonly Input[]): number[] {
  const order = inputs.map((_, number) => number);
  const sizes = inputs.map((input) => input.size);
  if (sizes.every((size) => size !== undefined)) {
    const smallest = sizes.indexOf(Math.min(...sizes));
    order.splice(smallest, 1);
    order.unshift(smallest);
  }
  return order;
}

/** Reads all inputs; returns the table and the names' numbers in the order in which the first input has them. */
async function joinInputs(inputs: readonly Input[]): Promise<{ table: NameTable; names: Iterable<number> }> {
  const table = new NameTable();
  const [smallest, ...others] = readingOrder(inputs) as [number, ...number[]];
  const build = inputs[smallest] as Input;
  await eachBatch(build, (rows, bytesRead) => {
    if (table.count === 0) guessRoom(table, rows, bytesRead, build.size);
    table.build(rows);
  });
  const inOrder = smallest === 0 ? undefined : new Uint32Array(table.count);
  let met = 0;
  for (const [i, number] of others.entries()) {
    const onFirst = number === 0 && inOrder ? (name: number) => (inOrder[met++] = name) : undefined;
    await eachBatch(inputs[number] as Input, (rows) => table.join(rows, i + 2, onFirst));
  }
  return { table, names: inOrder ? inOrder.subarray(0, met) : countTo(table.count) };
}

function* countTo(count: number): Generator<number, void, void> {
  for (let i = 0; i < count; i++) yield i;
}

function openInputs(context: FunctionContext, parties: number): Input[] {
  const inputs: Input[] = [];
  // One by one, so that a number far too large ends at the first input that is missing.
  for (let i = 0; i < parties; i++) inputs.push(context.input(`input_data${i}`));
  return inputs;
}

/**
 * Joins the lists of `num_user` parties by name and adds up the amounts (contract 1.9). Totals are written in the
 * order of the first input. Memory: the names of the smallest input, and about 32 bytes for each.
 */
export const privateJoinAndCompute: BuiltinFunction = {
  name: 'builtin-private-join-and-compute',
  async run(context) {
    const parties = unsignedArgument(context.args, 'num_user');
    if (parties < 2) throw new FunctionError('The demo requires at least two parties!');
    const inputs = openInputs(context, parties);
    const { table, names } = await joinInputs(inputs);
    const outputs = inputs.map((_, i) => context.output(`output_data${i}`));
    await writeTotals(table, names, parties, outputs);
    return `${parties} users join the task in total.`;
  },
};
