import { privateJoinAndComputeEntry } from '@gaiwan/catalogue/entries';
import { decodeArguments } from '../arguments/decode.ts';
import type { CataloguedFunction, Input } from '../function.ts';
import { NameRows } from '../kernels/keyed/batches.ts';
import { NameTable } from '../kernels/keyed/name-table.ts';
import { reserveForInput } from '../kernels/keyed/reserve.ts';
import { chooseKeptInput, roundsOf } from '../keyed/rounds.ts';
import { openInputs } from '../keyed/slots.ts';
import { requireUtf8 } from '../keyed/utf8.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import { lineBlocks } from '../text/lines.ts';
import { readRows } from './name-rows.ts';
import { writeTotals } from './write-totals.ts';

async function eachBatch(input: Input, use: (rows: NameRows, bytesRead: number) => void): Promise<void> {
  const rows = new NameRows();
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

/** Reads all inputs; returns the table and its records in the order in which the first input has them. */
async function joinInputs(
  inputs: readonly Input[],
): Promise<{ table: NameTable; records: Iterable<number> }> {
  const table = new NameTable();
  const kept = chooseKeptInput(inputs);
  /** Where the first input's names are not those that were kept: their records in its order. */
  let inOrder = new Uint32Array(0);
  let met = 0;
  const meet = (record: number) => {
    inOrder[met++] = record;
  };
  for (const { round, number, input } of roundsOf(inputs, kept)) {
    if (round === 1) {
      await eachBatch(input, (rows, bytesRead) => {
        reserveForInput(table, rows, { bytesRead, size: input.size }, limits.guessedNames.value);
        table.build(rows);
      });
      if (kept !== 0) inOrder = new Uint32Array(table.count);
    } else {
      await eachBatch(input, (rows) => table.join(rows, round, number === 0 ? meet : undefined));
    }
  }
  return { table, records: kept === 0 ? table.records() : inOrder.subarray(0, met) };
}

/**
 * Joins the lists of `num_user` parties by name and adds up the amounts (contract 1.9). Totals are written in the
 * order of the first input. Memory: the names of the smallest input, and about 40 bytes for each.
 */
export const privateJoinAndCompute: CataloguedFunction = {
  name: privateJoinAndComputeEntry.name,
  entry: privateJoinAndComputeEntry,
  async run(context) {
    const { num_user: parties } = decodeArguments(context.args, privateJoinAndComputeEntry.arguments);
    if (parties < 2) throw new FunctionError('invalid-arguments', 'The demo requires at least two parties!');
    const inputs = openInputs(context, parties);
    const { table, records } = await joinInputs(inputs);
    const outputs = inputs.map((_, i) => context.output(`output_data${i}`));
    await writeTotals(table, records, parties, outputs);
    return `${parties} users join the task in total.`;
  },
};
