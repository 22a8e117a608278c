import { privateJoinAndComputeEntry } from '@gaiwan/catalogue/entries';
import { decodeArguments } from '../arguments/decode.ts';
import { refuseMisspelt } from '../arguments/given.ts';
import type { CataloguedFunction, Input } from '../function.ts';
import { NameRows } from '../kernels/keyed/batches.ts';
import { NameTable } from '../kernels/keyed/name-table.ts';
import { reserveForInput } from '../kernels/keyed/reserve.ts';
import { countsLine, emptyWarnings } from '../keyed/report.ts';
import { chooseKeptInput, roundsOf } from '../keyed/rounds.ts';
import { hasBeyond, openInputs, refuseBeyond } from '../keyed/slots.ts';
import { TraitSample } from '../keyed/traits.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import { countFeeds } from '../text/line-ends.ts';
import { lineBlocks } from '../text/lines.ts';
import { openText } from '../text/open-text.ts';
import { readRows } from './name-rows.ts';
import { writeTotals } from './write-totals.ts';

const LF = 10;
/** Names of arguments. */
const TEACLAVES = ['num_user'];

/** What became of the lines of one party's list. */
interface ListCounts {
  lines: number;
  used: number;
  readonly sample: TraitSample;
}

/** Where a party's list is read from, and what counts its lines. */
interface List {
  readonly input: Input;
  readonly name: string;
  readonly counts: ListCounts;
}

async function eachBatch(
  { input, name, counts }: List,
  use: (rows: NameRows, bytesRead: number) => void,
): Promise<void> {
  const rows = new NameRows();
  let offset = 0;
  for await (const block of lineBlocks(openText(input, { name, contract: 'from_utf8' }))) {
    counts.lines += countFeeds(block) + (block.at(-1) === LF ? 0 : 1);
    for (let position = 0; position < block.length; ) {
      position = readRows(block, position, rows);
      if (rows.count === 0) continue;
      counts.used += rows.count;
      sampleNames(rows, counts.sample);
      use(rows, offset + position);
    }
    offset += block.length;
  }
}

function sampleNames({ block, start, end, count }: NameRows, sample: TraitSample): void {
  const text = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
  for (let i = 0; i < count && !sample.isFull; i++) sample.note(text.toString('utf8', start[i], end[i]));
}

interface Joined {
  readonly table: NameTable;
  /** In the order in which the first input has them. */
  readonly records: () => Iterable<number>;
  /** By party. */
  readonly counts: readonly ListCounts[];
}

/** Reads all inputs. */
async function joinInputs(inputs: readonly Input[]): Promise<Joined> {
  const counts = inputs.map(() => ({ lines: 0, used: 0, sample: new TraitSample() }));
  const table = new NameTable();
  const kept = chooseKeptInput(inputs);
  /** Where the first input's names are not those that were kept: their records in its order. */
  let inOrder = new Uint32Array(0);
  let met = 0;
  const meet = (record: number) => {
    inOrder[met++] = record;
  };
  for (const { round, number, input } of roundsOf(inputs, kept)) {
    const counted = counts[number];
    if (!counted) continue;
    const list = { input, name: `input_data${number}`, counts: counted };
    if (round === 1) {
      await eachBatch(list, (rows, bytesRead) => {
        reserveForInput(table, rows, { bytesRead, size: input.size }, limits.guessedNames.value);
        table.build(rows);
      });
      if (kept !== 0) inOrder = new Uint32Array(table.count);
    } else {
      await eachBatch(list, (rows) => table.join(rows, round, number === 0 ? meet : undefined));
    }
  }
  return { table, records: () => (kept === 0 ? table.records() : inOrder.subarray(0, met)), counts };
}

/** Below the text of the contract: what became of each party's lines, and why nothing may have been joined. */
function describeCounts({ table, records, counts }: Joined): readonly string[] {
  const lines = counts.map(({ lines: read, used }, i) =>
    countsLine(`input_data${i}`, [
      [read, 'line'],
      [used, 'used'],
      [read - used, 'skipped'],
    ]),
  );
  let joined = 0;
  for (const record of records()) if (table.has(record, counts.length)) joined++;
  lines.push(`names that all lists have: ${joined}`);
  if (joined > 0) return lines;
  const samples = counts.map(({ sample }) => sample);
  const used = counts.map((one) => one.used);
  return [
    ...lines,
    ...emptyWarnings(used, samples, 'See the argument "normalize" of builtin-join-aggregate.'),
  ];
}

/**
 * Joins the lists of `num_user` parties by name and adds up the amounts (contract 1.9). Totals are written in the
 * order of the first input. Memory: the names of the smallest input, and about 40 bytes for each.
 */
export const privateJoinAndCompute: CataloguedFunction = {
  name: privateJoinAndComputeEntry.name,
  entry: privateJoinAndComputeEntry,
  async run(context) {
    refuseMisspelt(context, privateJoinAndComputeEntry.arguments, TEACLAVES);
    const { num_user: parties, counts } = decodeArguments(context.args, privateJoinAndComputeEntry.arguments);
    if (parties < 2) throw new FunctionError('invalid-arguments', 'The demo requires at least two parties!');
    const inputs = openInputs(context, parties);
    if (Object.hasOwn(context.args, 'counts')) refuseBeyond(context, parties);
    else if (hasBeyond(context, parties)) {
      context.log(
        `The argument "num_user" is ${parties}, but the task has an input_data${parties}, which is left out.`,
      );
    }
    const joined = await joinInputs(inputs);
    const outputs = inputs.map((_, i) => context.output(`output_data${i}`));
    const below = describeCounts(joined);
    await writeTotals(joined.table, joined.records(), parties, outputs);
    for (const line of below) context.log(line);
    return [`${parties} users join the task in total.`, ...(counts ? below : [])].join('\n');
  },
};
