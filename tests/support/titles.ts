/** The titles of tests, read off their sources: nothing is run. */
import { nodesOf, parseSource, type SyntaxNode } from '../../scripts/house/sources.ts';

const TESTS = new Set(['it', 'test']);
const GROUPS = new Set(['describe']);
/** Members that take something first and the title in a second call: `it.each(rows)(title, ...)`. */
const CURRIED = new Set(['each', 'for', 'skipIf', 'runIf']);
const OFF = new Set(['skip', 'todo']);
const MODIFIERS = new Set([...CURRIED, ...OFF, 'concurrent', 'sequential', 'only']);

type Member = SyntaxNode & { readonly property: { readonly name?: string }; readonly object: SyntaxNode };
type Call = SyntaxNode & { readonly callee: SyntaxNode; readonly arguments: readonly SyntaxNode[] };

const isMember = (node: SyntaxNode): node is Member => node.type === 'MemberExpression';
const isCall = (node: SyntaxNode): node is Call => node.type === 'CallExpression';

/** `it` of `it(...)`, `it.concurrent(...)` and `it.each(rows)(...)`; undefined where a call takes no title. */
function keywordOf(callee: SyntaxNode, curried = false): string | undefined {
  if (callee.type === 'Identifier') return String(callee['name']);
  if (isCall(callee)) return keywordOf(callee.callee, true);
  if (!isMember(callee) || !MODIFIERS.has(callee.property.name ?? '')) return undefined;
  if (!curried && CURRIED.has(callee.property.name ?? '')) return undefined;
  return keywordOf(callee.object, curried);
}

/** `it.skip(...)`: nothing that is in it is ever run. */
function isOff(callee: SyntaxNode): boolean {
  if (isCall(callee)) return isOff(callee.callee);
  return isMember(callee) && (OFF.has(callee.property.name ?? '') || isOff(callee.object));
}

interface Group {
  readonly title: string;
  readonly end: number;
  readonly off: boolean;
}

/**
 * Of each test "group > group > title", as they are written: what a table of cases puts in (`%s`, `$what`) is not. A title that is no
 * text in the source is the expression that makes it.
 */
export function titlesIn(path: string, text: string): string[] {
  const titles: string[] = [];
  const { parsed } = parseSource(path, text);
  const groups: Group[] = [];
  for (const node of nodesOf(parsed.program)) {
    if (!isCall(node)) continue;
    while ((groups.at(-1)?.end ?? Infinity) <= node.start) groups.pop();
    const keyword = keywordOf(node.callee) ?? '';
    const [first] = node.arguments;
    if (first === undefined || !(TESTS.has(keyword) || GROUPS.has(keyword))) continue;
    const title = titleOf(first, text);
    const off = isOff(node.callee) || groups.some((group) => group.off);
    if (GROUPS.has(keyword)) groups.push({ title, end: node.end, off });
    else if (!off) titles.push([...groups.map((group) => group.title), title].join(' > '));
  }
  return titles;
}

function titleOf(node: SyntaxNode, text: string): string {
  if (node.type === 'Literal') return String(node['value']);
  const written = text.slice(node.start, node.end);
  return node.type === 'TemplateLiteral' ? written.slice(1, -1) : written;
}
