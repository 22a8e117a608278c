import { trainTestSplitEntry } from '@gaiwan/catalogue/entries';
import { decodeArguments } from '../arguments/decode.ts';
import { refuse, refuseUnknown } from '../arguments/given.ts';
import type { CataloguedFunction, FunctionContext, Output } from '../function.ts';
import { randomSource } from '../kernels/random-source.ts';
import { Writer } from '../keyed/writer.ts';
import { FunctionError } from '../refusal.ts';
import { counted } from '../text/counted.ts';
import { readStrata, Strata, shareOut } from './strata.ts';
import { tableRecords } from './table-records.ts';

function decode(given: FunctionContext['args']) {
  refuseUnknown(given, trainTestSplitEntry.arguments);
  const args = decodeArguments(given, trainTestSplitEntry.arguments, { explain: true });
  if ((args.test_rows === undefined) === (args.test_fraction === undefined)) {
    refuse('Give either "test_rows" or "test_fraction".');
  }
  if (args.stratify !== undefined && !args.header) {
    refuse('The argument "stratify" names a column: it needs "header".');
  }
  return args;
}

/** How many rows are held out. Throws `FunctionError` where a part would have none. */
function testRowsOf(args: ReturnType<typeof decode>, rows: number): number {
  const test = args.test_rows ?? Math.round((args.test_fraction ?? 0) * rows);
  if (test >= 1 && test < rows) return test;
  return refuse(`Of ${counted(rows, 'row')} ${test} cannot be held out: each part needs one at least.`);
}

const warningOf = (values: number, part: string): string[] =>
  values > 0 ? [`Values of the column without a row in the ${part} part: ${values}.`] : [];

async function write(writer: Writer, bytes: Uint8Array): Promise<void> {
  if (!writer.hasRoom(bytes.length)) await writer.flush(bytes.length);
  writer.bytes.set(bytes, writer.at);
  writer.at += bytes.length;
}

/**
 * Shares the rows of a table out to a training part and a test part, which has exactly as many as asked for, of each value of a
 * column its share. Rows are chosen as they come (Knuth, selection sampling). Memory: a number for each value of the column.
 */
export const trainTestSplit: CataloguedFunction = {
  name: trainTestSplitEntry.name,
  entry: trainTestSplitEntry,
  async run(context) {
    const args = decode(context.args);
    const input = context.input('input_data');
    const format = { header: args.header, delimiter: args.delimiter, column: args.stratify };
    const { counts, rows } = await readStrata(input, format);
    if (rows === 0) throw new FunctionError('invalid-input', 'There are no rows.');
    const test = testRowsOf(args, rows);
    const shares = shareOut(counts, test);
    const [left, wanted] = [[...counts], [...shares]];
    const random = randomSource(args.seed);
    const output = (name: string): Output => context.output(name);
    const [training, held] = [new Writer([output('train')]), new Writer([output('test')])];
    const strata = new Strata(args.stratify);
    for await (const { row, bytes, field } of tableRecords(input, format)) {
      if (row === 0) {
        await write(training, bytes);
        await write(held, bytes);
        continue;
      }
      const stratum = strata.add(field);
      const isHeld = Math.floor(random() * (left[stratum] ?? 0)) < (wanted[stratum] ?? 0);
      left[stratum] = (left[stratum] ?? 0) - 1;
      if (isHeld) wanted[stratum] = (wanted[stratum] ?? 0) - 1;
      await write(isHeld ? held : training, bytes);
    }
    await training.close();
    await held.close();
    const untrained = shares.filter((share, i) => share === counts[i]).length;
    const untested = shares.filter((share) => share === 0).length;
    const warnings = [...warningOf(untrained, 'training'), ...warningOf(untested, 'test')];
    return JSON.stringify({
      rows,
      train: rows - test,
      test,
      ...(args.stratify !== undefined && { values: counts.length }),
      ...(warnings.length > 0 && { warnings }),
    });
  },
};
