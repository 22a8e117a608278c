/** Tables in other formats than text: functions read and write CSV, whatever the parties give and get. */
import { isDeepStrictEqual } from 'node:util';
import type { SlotEntry, TableSlot } from '@gaiwan/catalogue';
import { dictionary } from '@gaiwan/errors';
import { refuseIgnored } from '../arguments/given.ts';
import type { Meaning } from '../columns/meaning.ts';
import type { CataloguedFunction, FunctionContext, Input } from '../function.ts';
import { FunctionError } from '../refusal.ts';
import { ColumnOutput, isColumnFormat } from './column-output.ts';
import { type Asked, isAsked, type OpenedTable, openTable } from './open-table.ts';
import { writtenTables } from './written-tables.ts';

interface Opened extends OpenedTable {
  readonly slot: TableSlot;
}

const isText = ({ format }: Opened): boolean => format === 'text';

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

const FILES = {
  parquet: 'a Parquet file',
  arrow: 'an Arrow file',
  either: 'a file that is no text',
} as const;

/** Arguments about text that files with a schema leave without a meaning. */
function refuseTextArguments({ args }: FunctionContext, asked: Asked, slots: readonly SlotEntry[]): void {
  const given = Object.keys(args);
  refuseIgnored(
    given,
    ['decimal_mark', 'group_mark'],
    `${FILES[asked]} has numbers, which are written in one way`,
  );
  if (asked === 'either') return;
  refuseIgnored(given, ['delimiter'], `${FILES[asked]} has columns`);
  const headers = slots.flatMap(({ table }) => (table?.header === undefined ? [] : [table.header]));
  refuseIgnored(given, headers, `the schema of ${FILES[asked]} names the columns`);
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
    opened.set(name, { ...(await openTable(input, asked, form)), slot });
  }
  return opened;
}

/** The arguments, as they would be given with the tables as text: what has names says that it has a header. */
function textArguments(
  args: FunctionContext['args'],
  opened: ReadonlyMap<string, Opened>,
): FunctionContext['args'] {
  const headers = dictionary<boolean>();
  for (const table of opened.values()) {
    const { slot } = table;
    if (!isText(table) && !slot.list && slot.header !== undefined) headers[slot.header] = true;
  }
  return { ...args, ...headers };
}

/** The result, with the format of each table. */
function sayingFormats(text: string, opened: ReadonlyMap<string, Opened>): string {
  const formats = dictionary<string>();
  for (const [name, { format }] of opened) formats[name] = format;
  if (text.startsWith('{') && text.endsWith('}'))
    return `${text.slice(0, -1)},"formats":${JSON.stringify(formats)}}`;
  return [text, ...Object.entries(formats).map(([name, format]) => `${name}: read as ${format}`)].join('\n');
}

const TEXT: Meaning = { kind: 'text' };

/** What a column means, where no table is text and those that have it agree; else it is text. */
function meaningIn(opened: ReadonlyMap<string, Opened>, name: string): Meaning {
  const tables = [...opened.values()];
  if (tables.some(isText)) return TEXT;
  const [meaning, ...others] = tables.flatMap(({ columns }) =>
    columns.filter((column) => column.name === name).map((column) => column.meaning),
  );
  return meaning && others.every((other) => isDeepStrictEqual(other, meaning)) ? meaning : TEXT;
}

/** The output, or what makes Parquet or Arrow of the CSV that is written to it. */
function outputOf(
  context: FunctionContext,
  builtin: CataloguedFunction,
  opened: ReadonlyMap<string, Opened>,
  args: FunctionContext['args'],
): FunctionContext['output'] {
  const format = args['result_format'];
  const tables = writtenTables[builtin.name];
  if (!tables || !isColumnFormat(format)) return (name) => context.output(name);
  return (name) => {
    const output = context.output(name);
    const table = tables[name]?.(args) ?? tables[name.replace(/\d+$/, '')]?.(args);
    if (!table) return output;
    const delimiter = builtin.name === 'builtin-train-test-split' ? stringOf(args['delimiter']) : undefined;
    return new ColumnOutput(output, {
      format,
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
      if (!reads && !isColumnFormat(args['result_format'])) return builtin.run(context);
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
