/** The join, computed the plain way: what nobody but the story's narrator, who has all three lists, could do. */

/** Totals by name, for the names that are in every list. */
export function plainJoin(lists: readonly string[]): Map<string, number> {
  const parsed = lists.map(parseRows);
  const totals = new Map<string, number>();
  for (const [name, amount] of parsed[0] ?? []) {
    const others = parsed.slice(1).map((rows) => rows.get(name));
    if (others.every((other) => other !== undefined)) {
      totals.set(
        name,
        others.reduce((sum, other) => sum + other, amount),
      );
    }
  }
  return totals;
}

function parseRows(text: string): Map<string, number> {
  const rows = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [name, amount, more] = line.split(':');
    if (name && amount && more === undefined) rows.set(name.trim(), Number(amount));
  }
  return rows;
}

/** Reads a result of `builtin-private-join-and-compute`: `name, total` a line. */
export function parseResult(text: string): Map<string, number> {
  const totals = new Map<string, number>();
  for (const line of text.trimEnd().split('\n')) {
    const comma = line.lastIndexOf(', ');
    totals.set(line.slice(0, comma), Number(line.slice(comma + 2)));
  }
  return totals;
}
