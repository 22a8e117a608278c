import { sizeArgument } from '../arguments.ts';
import { type BuiltinFunction, FunctionError, type Output } from '../function.ts';
import { eachLine } from '../lines.ts';
import { parseRow, row, rowName } from './row.ts';
import { NameTable } from './table.ts';

const CHUNK = 1 << 18;
/** Room for a separator, ten digits and a line feed. */
const TAIL = 16;
/** Parties are counted in 16 bits. */
const MAX_PARTIES = 65_535;

/**
 * Adds up the amounts of the names that all parties' lists have. Inputs `input_data0..n-1` with lines `name : amount`,
 * identical outputs `output_data0..n-1` with lines `name, total`, in the order of the first list.
 */
export const privateJoinAndCompute: BuiltinFunction = {
  name: 'builtin-private-join-and-compute',
  async run(context) {
    const parties = sizeArgument(context.args, 'num_user');
    if (parties < 2) throw new FunctionError('The demo requires at least two parties!');
    if (parties > MAX_PARTIES) throw new FunctionError(`At most ${MAX_PARTIES} parties can join`);
    const table = new NameTable();
    for (let party = 0; party < parties; party++) {
      await eachLine(context.input(`input_data${party}`), (bytes, start, end) => {
        if (!parseRow(bytes, start, end)) return;
        const name = row.nameStart < 0 ? rowName(bytes) : bytes;
        const from = row.nameStart < 0 ? 0 : row.nameStart;
        const to = row.nameStart < 0 ? name.length : row.nameEnd;
        if (party === 0) table.insert(name, from, to, row.amount);
        else table.confirm(party, name, from, to, row.amount);
      });
      if (party > 0) table.settle(party);
    }
    const outputs = Array.from({ length: parties }, (_, party) => context.output(`output_data${party}`));
    await writeRows(table, parties - 1, outputs);
    return `${parties} users join the task in total.`;
  },
};

async function writeRows(table: NameTable, lastParty: number, outputs: readonly Output[]): Promise<void> {
  const chunks: Uint8Array[] = [];
  let chunk = new Uint8Array(CHUNK);
  let used = 0;
  table.each(lastParty, (names, start, end, sum) => {
    const length = end - start;
    if (used + length + TAIL > chunk.length) {
      chunks.push(chunk.subarray(0, used));
      chunk = new Uint8Array(Math.max(CHUNK, length + TAIL));
      used = 0;
    }
    for (let i = start; i < end; i++) chunk[used++] = names[i] as number;
    chunk[used++] = 44; // ','
    chunk[used++] = 32;
    used = writeNumber(chunk, used, sum);
    chunk[used++] = 10;
  });
  chunks.push(chunk.subarray(0, used));
  for (const output of outputs) {
    for (const part of chunks) if (part.length > 0) await output.write(part);
    await output.close();
  }
}

function writeNumber(to: Uint8Array, at: number, value: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits++;
  let rest = value;
  for (let i = at + digits - 1; i >= at; i--) {
    to[i] = 48 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  return at + digits;
}
