/** What there is to know of a function before anybody runs it: the CLI, the SDK and the docs print the same entry. */
import type { Declared } from './arguments.ts';

export interface SlotEntry {
  /** As registered. With `repeats`, `{i}` stands for 0, 1, ...: `input_data{i}`. */
  readonly name: string;
  readonly text: string;
  readonly optional?: boolean;
  readonly repeats?: boolean;
  /** What it holds is a table, or a list, in the format that the argument `format` says. */
  readonly table?: TableSlot;
}

export interface TableSlot {
  /** The argument that says whether CSV names its columns; undefined: it always does. */
  readonly header?: string;
  /** One item a line, without names and quotes. */
  readonly list?: boolean;
}

/** A small but complete run, which the tests play. */
export interface Example {
  /** JSON values by argument. */
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Contents by slot. */
  readonly inputs?: Readonly<Record<string, string | Uint8Array>>;
  /** Contents by slot, byte for byte. */
  readonly outputs?: Readonly<Record<string, string>>;
  /** The result's text. */
  readonly returns: string;
}

export interface CatalogueEntry<Arguments extends Declared = Declared> {
  /** The registered name that selects the function, e.g. `builtin-echo`. */
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** More, where one sentence is not enough: formats, memory per row, which arguments go together. */
  readonly details?: string;
  readonly arguments: Arguments;
  readonly inputs: readonly SlotEntry[];
  readonly outputs: readonly SlotEntry[];
  /** What the result's text says. */
  readonly returns: string;
  readonly example: Example;
}

/** Checks the entry's form and keeps the types of its arguments, from which their values get theirs. */
export const defineEntry = <const Arguments extends Declared>(
  entry: CatalogueEntry<Arguments>,
): CatalogueEntry<Arguments> => entry;
