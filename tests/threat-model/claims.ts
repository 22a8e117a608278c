/** The claims of docs/threat-model.md, by section and in order. */

const plain = (cell: string) => cell.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').trim();
const cellsOf = (line: string) => line.split('|').slice(1, -1).map(plain);

/**
 * "row > column" for each column of a table; of a table with two columns, its rows; of a list, the words that an item begins with in
 * bold. An item without such words is no claim.
 */
export function claimsIn(page: string): Readonly<Record<string, readonly string[]>> {
  const claims: Record<string, string[]> = {};
  let found: string[] = [];
  let columns: readonly string[] | undefined;
  for (const line of page.split('\n')) {
    const section = /^## (.*)$/.exec(line)?.[1];
    if (section !== undefined) claims[section] = found = [];
    const item = /^- \*\*([^*]+)\*\*/.exec(line)?.[1];
    if (item !== undefined) found.push(item);
    if (!line.startsWith('|')) columns = undefined;
    else if (columns === undefined) columns = cellsOf(line).slice(1);
    else if (!line.startsWith('|--')) found.push(...claimsOf(cellsOf(line), columns));
  }
  return claims;
}

const claimsOf = ([row = '']: readonly string[], columns: readonly string[]): string[] =>
  columns.length === 1 ? [row] : columns.map((column) => `${row} > ${column}`);
