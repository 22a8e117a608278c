/** What is told of a function before anybody runs it: the CLI, the SDK and the docs print the same entry. */
import type { Declared } from './arguments.ts';

export interface SlotEntry {
  /** As registered. With `repeats`, `{i}` stands for 0, 1, ...: `input_data{i}`. */
  readonly name: string;
  readonly text: string;
  readonly optional?: boolean;
  readonly repeats?: boolean;
}

/** A whole run in small, played by the tests. */
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

export interface CatalogueEntry {
  /** One sentence. */
  readonly summary: string;
  /** More, where one sentence is not enough: formats, memory per row, which arguments go together. */
  readonly details?: string;
  readonly arguments: Declared;
  readonly inputs: readonly SlotEntry[];
  readonly outputs: readonly SlotEntry[];
  /** What the result's text says. */
  readonly returns: string;
  readonly example: Example;
}
