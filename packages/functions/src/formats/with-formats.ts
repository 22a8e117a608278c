/** Tables in other formats than text: functions read and write CSV, whatever the parties give and get. */
import { isDeepStrictEqual } from 'node:util';
import type { SlotEntry, TableSlot } from '@gaiwan/catalogue';
import { dictionary } from '@gaiwan/errors';
import { refuseIgnored } from '../arguments/given.ts';
import type { CataloguedFunction, FunctionContext, Input } from '../function.ts';
import { openParquet } from '../parquet/open.ts';
import type { Column, Meaning } from '../parquet/schema.ts';
import { FunctionError } from '../refusal.ts';
import { describeOther } from '../text/encodings.ts';
import { ParquetOutput } from './parquet-output.ts';
import { writtenTables } from './written-tables.ts';

/** What the argument `format` says of all tables. */
type Asked = 'parquet' | 'either';

interface Opened {
  /** The table as text. */
  readonly input: Input;
  readonly slot: TableSlot;
  readonly isParquet: boolean;
  readonly columns: readonly Column[];
}

const isAsked = (format: unknown): format is Asked => format === 'parquet' || format === 'either';

/** The slots that the task has, with the names of those that repeat. */
function* tableSlots(
  context: FunctionContext,
  slots: readonly SlotEntry[],
): Generator<[string, TableSlot, Input], void, void> {
  for (const { name, table, repeats } of slots) {
    if (!table) continue;
    for (let i = 0; i === 0 || repeats; i++) {
      const slot = name.replace('{i}', String(i));
      const input = findInput(context, slot);
      if (!input) break;
      yield [slot, table, input];
    }
  }
}

function findInput(context: FunctionContext, name: string): Input | undefined {
  try {
    return context.input(name);
  } catch (error) {
    // The function has its own words for it.
    if (error instanceof FunctionError && error.code === 'unknown-input') return undefined;
    throw error;
  }
}

/** Arguments about text that a Parquet file leaves without a meaning. */
function refuseTextArguments({ args }: FunctionContext, asked: Asked, slots: readonly SlotEntry[]): void {
  const given = Object.keys(args);
  refuseIgnored(
    given,
    ['decimal_mark', 'group_mark'],
    'a Parquet file has numbers, which are written in one way',
  );
  if (asked === 'either') return;
  refuseIgnored(given, ['delimiter'], 'a Parquet file has columns');
  const headers = slots.flatMap(({ table }) => (table?.header === undefined ? [] : [table.header]));
  refuseIgnored(given, headers, 'the schema of a Parquet file names the columns');
}

const stringOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

async function openTables(
  context: FunctionContext,
  asked: Asked,
  slots: readonly SlotEntry[],
): Promise<ReadonlyMap<string, Opened>> {
  const { args } = context;
  const opened = new Map<string, Opened>();
  for (const [name, slot, input] of tableSlots(context, slots)) {
    const form = {
      name,
      delimiter: stringOf(args['delimiter']) ?? ',',
      list: slot.list ?? false,
      column: stringOf(args['column']),
    };
    const { table, columns, head } = await openParquet(input, form);
    if (!table && asked === 'parquet') {
      throw new FunctionError(
        'invalid-input',
        `${name} is no Parquet file: ${describeOther(head) ?? 'it has not the mark PAR1 at both ends'}. With "format": "either" each table is read by its marks.`,
      );
    }
    opened.set(name, { input: table ?? input, slot, columns, isParquet: table !== undefined });
  }
  return opened;
}

/** The arguments, as they would be given with the tables as text: what has names says that it has a header. */
function textArguments(
  args: FunctionContext['args'],
  opened: ReadonlyMap<string, Opened>,
): FunctionContext['args'] {
  const headers = dictionary<boolean>();
  for (const { slot, isParquet } of opened.values()) {
    if (isParquet && !slot.list && slot.header !== undefined) headers[slot.header] = true;
  }
  return { ...args, ...headers };
}

/** The result, with the format of each table. */
function sayingFormats(text: string, opened: ReadonlyMap<string, Opened>): string {
  const formats = dictionary<string>();
  for (const [name, { isParquet }] of opened) formats[name] = isParquet ? 'parquet' : 'text';
  if (text.startsWith('{') && text.endsWith('}'))
    return `${text.slice(0, -1)},"formats":${JSON.stringify(formats)}}`;
  return [text, ...Object.entries(formats).map(([name, format]) => `${name}: read as ${format}`)].join('\n');
}

const TEXT: Meaning = { kind: 'text' };

/** What a column means, where all tables are Parquet and those that have it agree; else it is text. */
function meaningIn(opened: ReadonlyMap<string, Opened>, name: string): Meaning {
  const tables = [...opened.values()];
  if (!tables.every(({ isParquet }) => isParquet)) return TEXT;
  const [meaning, ...others] = tables.flatMap(({ columns }) =>
    columns.filter((column) => column.name === name).map((column) => column.meaning),
  );
  return meaning && others.every((other) => isDeepStrictEqual(other, meaning)) ? meaning : TEXT;
}

/** The output, or what makes Parquet of the CSV that is written to it. */
function outputOf(
  context: FunctionContext,
  builtin: CataloguedFunction,
  opened: ReadonlyMap<string, Opened>,
  args: FunctionContext['args'],
): FunctionContext['output'] {
  const tables = args['result_format'] === 'parquet' ? writtenTables[builtin.name] : undefined;
  if (!tables) return (name) => context.output(name);
  return (name) => {
    const output = context.output(name);
    const table = tables[name]?.(args) ?? tables[name.replace(/\d+$/, '')]?.(args);
    if (!table) return output;
    const delimiter = builtin.name === 'builtin-train-test-split' ? stringOf(args['delimiter']) : undefined;
    return new ParquetOutput(output, {
      name,
      table,
      delimiter: delimiter ?? ',',
      meaningOf: (column) => meaningIn(opened, column),
    });
  };
}

/** The function, reading and writing its tables in the formats that the arguments `format` and `result_format` say. */
export function withFormats(builtin: CataloguedFunction): CataloguedFunction {
  const slots = builtin.entry.inputs.filter(({ table }) => table !== undefined);
  if (slots.length === 0) return builtin;
  return {
    ...builtin,
    async run(context) {
      const { args, memoryBytes, retire } = context;
      const asked = args['format'];
      const reads = isAsked(asked);
      if (!reads && args['result_format'] !== 'parquet') return builtin.run(context);
      if (reads) refuseTextArguments(context, asked, slots);
      const opened = reads ? await openTables(context, asked, slots) : new Map<string, Opened>();
      const given = textArguments(args, opened);
      const text = await builtin.run({
        args: given,
        input: (name) => opened.get(name)?.input ?? context.input(name),
        output: outputOf(context, builtin, opened, given),
        log: (line) => context.log(line),
        ...(memoryBytes !== undefined && { memoryBytes }),
        ...(retire && { retire }),
      });
      return reads ? sayingFormats(text, opened) : text;
    },
  };
}
