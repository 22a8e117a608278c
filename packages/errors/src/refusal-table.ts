/** What a code of an error means, and what its reader can do: one sentence each, in the words of docs/errors.md. */
export interface RefusalEntry {
  readonly meaning: string;
  readonly remedy: string;
}

/** Every code of one class of errors. `as const satisfies RefusalTable` keeps the codes as a union type. */
export type RefusalTable<Entry extends RefusalEntry = RefusalEntry> = Readonly<Record<string, Entry>>;
