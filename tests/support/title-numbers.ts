/** The numbers of findings that titles of tests begin with: `S5, R2: ...`, `fault 4: ...`, a file's name before its colon. */
import { nodesOf, parseSource, type SyntaxNode } from '../../scripts/house/sources.ts';
import { titlesIn } from './titles.ts';

const EACH = new Set(['each', 'for']);
/** `it.skip.each(...)`: nothing of it is ever run. */
const OFF = /\.(?:skip|todo)\b/;

type Call = SyntaxNode & {
  readonly callee: SyntaxNode & { readonly property?: { readonly name?: string } };
  readonly arguments: readonly SyntaxNode[];
};
const isCall = (node: SyntaxNode): node is Call => node.type === 'CallExpression';

/** Texts in the tables of cases, whose titles are made of them: `it.each([['S4: ...', ...]])`. */
function cellsIn(path: string, text: string): string[] {
  const nodes = [...nodesOf(parseSource(path, text).parsed.program)];
  const tables = nodes
    .filter(isCall)
    .filter(({ callee }) => callee.type === 'MemberExpression' && EACH.has(callee.property?.name ?? ''))
    .filter(({ callee }) => !OFF.test(text.slice(callee.start, callee.end)))
    .flatMap((call) => call.arguments);
  return nodes.flatMap((node) => {
    const isIn = tables.some(({ start, end }) => start <= node.start && node.end <= end);
    if (!isIn) return [];
    if (node.type === 'Literal') return [String(node['value'])];
    return node.type === 'TemplateLiteral' ? [text.slice(node.start + 1, node.end - 1)] : [];
  });
}

/** What stands before the first colon, apart at commas. */
const leading = (title: string): string[] => (title.split(':')[0] ?? '').split(/, | beside /);

/** Of all tests of a file. */
export function numbersIn(path: string, text: string): ReadonlySet<string> {
  const titles = titlesIn(path, text).flatMap((title) => title.split(' > '));
  return new Set([...titles, ...cellsIn(path, text)].flatMap(leading));
}
