/** The record batches of a file, one in memory at a time. */
import { type CellText, cellText, columnPlace } from '../columns/cells.ts';
import type { Cells, Part, WriteCell } from '../columns/csv.ts';
import { broken, within, withinAsync } from '../columns/place.ts';
import { type ReadValue, Room, readArray } from './arrays.ts';
import type { BatchPlan } from './batch.ts';
import { Dictionaries, DictionaryCells, type DictionaryValues } from './dictionaries.ts';
import type { Message } from './messages.ts';
import type { ArrowColumn } from './schema.ts';
import { Judge, placed } from './walk.ts';

/** What is read of a file. */
export interface Wanted {
  /** All columns of the file. */
  readonly columns: readonly ArrowColumn[];
  /** The places of those that are read. */
  readonly places: readonly number[];
  /** The dictionaries that a record batch refers to before it. */
  readonly messages: () => readonly AsyncGenerator<Message, void, void>[];
  /** The slot, for refusals. */
  readonly name: string;
}

class ArrayCells implements Cells {
  readonly #read: ReadValue;
  readonly #text: CellText;
  readonly #cell: WriteCell;
  readonly #missing: string;
  #row = 0;

  constructor(read: ReadValue, text: CellText, cell: WriteCell) {
    this.#read = read;
    this.#text = text;
    this.#cell = cell;
    this.#missing = cell(undefined);
  }

  next(): string {
    const value = this.#read(this.#row++);
    return value === undefined ? this.#missing : this.#cell(this.#text(value));
  }

  end(): void {
    // A batch says beforehand how many rows each of its columns has.
  }
}

class IndexCells implements Cells {
  readonly #read: ReadValue;
  readonly #cells: DictionaryCells | undefined;
  readonly #missing: string;
  #row = 0;

  /** `cells`: undefined where the dictionary did not come yet, as it may where no row has a value. */
  constructor(read: ReadValue, cells: DictionaryCells | undefined, missing: string) {
    this.#read = read;
    this.#cells = cells;
    this.#missing = missing;
  }

  next(): string {
    const index = this.#read(this.#row++);
    if (index === undefined) return this.#missing;
    if (!this.#cells) return broken('it refers to a dictionary that does not come before it');
    return this.#cells.at(Number(index));
  }

  end(): void {
    // As above.
  }
}

/** Cells out of batches that come one after the other. */
class BatchReader {
  readonly #wanted: Wanted;
  readonly #cell: WriteCell;
  readonly #judge: Judge;
  readonly #dictionaries = new Dictionaries();
  /** By column: the dictionary whose cells were made, and those. */
  readonly #made = new Map<ArrowColumn, readonly [DictionaryValues, DictionaryCells]>();

  #place = '';

  constructor(wanted: Wanted, cell: WriteCell) {
    this.#wanted = wanted;
    this.#cell = cell;
    this.#judge = new Judge(wanted.columns);
  }

  /** Takes a dictionary where a column that is read has it. */
  async takeDictionary(message: Message): Promise<void> {
    const dictionary = this.#judge.dictionary(message);
    const { columns, places } = this.#wanted;
    if (places.some((place) => columns[place]?.dictionary?.id === dictionary.id))
      this.#dictionaries.take(dictionary, await message.readBody());
  }

  /** Of what was done last, for refusals: `, column "a"`. */
  get place(): string {
    return this.#place;
  }

  /** The cells of the columns that are read, and how many rows they have. */
  cells(message: Message, body: Uint8Array): Pick<Part, 'rows' | 'cells'> {
    this.#place = '';
    const plan = this.#judge.records(message);
    const room = new Room();
    const { columns, places } = this.#wanted;
    const cells = places.flatMap((place) => {
      const column = columns[place];
      this.#place = column ? `, ${columnPlace(column)}` : '';
      return column ? [this.#cellsOf(column, place, plan, { body, room })] : [];
    });
    return { rows: plan.rows, cells };
  }

  #cellsOf(
    column: ArrowColumn,
    place: number,
    plan: BatchPlan,
    { body, room }: { readonly body: Uint8Array; readonly room: Room },
  ): Cells {
    const array = plan.arrays[place] ?? broken('it has fewer columns than the schema');
    const read = readArray(array, plan, body, room);
    if (!column.dictionary) return new ArrayCells(read, cellText(column), this.#cell);
    const values = this.#dictionaries.get(column.dictionary.id);
    return new IndexCells(read, values && this.#dictionaryCells(column, values), this.#cell(undefined));
  }

  #dictionaryCells(column: ArrowColumn, values: DictionaryValues): DictionaryCells {
    const [known, cells] = this.#made.get(column) ?? [];
    if (cells && known === values) return cells;
    const made = new DictionaryCells(values, cellText(column), this.#cell);
    this.#made.set(column, [values, made]);
    return made;
  }
}

/** The rows of a file that was walked before. */
export async function* recordBatches(wanted: Wanted, cell: WriteCell): AsyncGenerator<Part, void, void> {
  const reader = new BatchReader(wanted, cell);
  for (const messages of wanted.messages()) {
    for await (const { message, here } of placed(messages, wanted.name)) {
      if (message.kind === 'dictionary') await withinAsync(here, () => reader.takeDictionary(message));
      if (message.kind !== 'records') continue;
      const body = await withinAsync(here, message.readBody);
      const part = within(
        () => here() + reader.place,
        () => reader.cells(message, body),
      );
      yield { place: here(), ...part, fileBytes: message.end };
    }
  }
}
