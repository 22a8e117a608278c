/** What shows a claim of docs/threat-model.md. */
export interface Evidence {
  /** Titles of tests (`titlesIn`) by file, from the root of the repository. */
  readonly tests?: Readonly<Record<string, readonly string[]>>;
  /** Why no test shows it, or not all of it. */
  readonly why?: string;
}
