/** A computation as one file describes it: who takes part, what is computed, from whose data, and who gets what. */
import type { LogReader, TaskLimits } from '@gaiwan/client';

export interface Party {
  /** What the file calls it. */
  readonly name: string;
  /** The account's id on the platform. */
  readonly user: string;
  /** The id (64 hex digits) of the key that its account must act with. */
  readonly key?: string | undefined;
}

export interface DescribedFunction {
  /** The registered name; of a built-in function: which one. */
  readonly name?: string | undefined;
  readonly id?: string | undefined;
  /** SHA-256 (hex) of its definition, as manifests have it. */
  readonly version?: string | undefined;
  /** A function's project, whose definition must have that version. */
  readonly project?: string | undefined;
}

export interface DescribedInput {
  /** Users. */
  readonly owners: readonly string[];
  /** Of a table with a header: exactly these columns, in any order. Absent: it isn't said. */
  readonly columns?: readonly string[] | undefined;
}

export interface DescribedOutput {
  /** Users. */
  readonly owners: readonly string[];
  /** What `tasks fetch` calls the file. Default: the slot. */
  readonly file?: string | undefined;
}

export interface Description {
  /** How people call the task. */
  readonly name: string;
  /** A user. */
  readonly creator: string;
  readonly parties: readonly Party[];
  readonly function: DescribedFunction;
  readonly executor: string;
  /** JSON text, with numbers as the file has them: 2.0 stays 2.0. */
  readonly arguments: string;
  readonly inputs: Readonly<Record<string, DescribedInput>>;
  readonly outputs: Readonly<Record<string, DescribedOutput>>;
  /** What is absent is the platform's default. */
  readonly limits: Partial<TaskLimits>;
  readonly logs: readonly LogReader[];
  readonly repeat: boolean;
}

/** A description, and the text that it was read from. */
export interface DescriptionFile {
  readonly description: Description;
  readonly text: string;
  /** SHA-256 (hex) of the text. */
  readonly sha256: string;
}
