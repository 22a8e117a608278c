/**
 * Figures of the house: how big its files and functions are, how often types are forced, how much of the public surface is explained,
 * and which imports go round in a circle. `node scripts/house/measure.ts [--json] [FOLDER]`; FOLDER is another checkout.
 */
import { parseArgs } from 'node:util';
import { circles, fileGraph, folderGraph, importsOf } from './graph.ts';
import { nodesOf, root, type Source, type SyntaxNode, sources } from './sources.ts';

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);
/** Of a function, the lines from which it counts as long, and those that no function may have more of. */
const LONG = 60;
const LONGEST = 80;
const PARAMETERS = 4;

export interface Figures {
  readonly files: number;
  readonly lines: number;
  readonly medianLines: number;
  readonly longestFile: string;
  readonly functions: number;
  readonly functionsOver60: number;
  readonly functionsOver80: readonly string[];
  readonly functionsOverFourParameters: readonly string[];
  readonly any: number;
  readonly nonNull: number;
  readonly casts: number;
  readonly castsPerThousandLines: number;
  readonly castsByPackage: Readonly<Record<string, number>>;
  readonly exports: number;
  readonly exportsWithDocblock: number;
  readonly arrowsBetweenPackages: number;
  readonly fileCircles: readonly (readonly string[])[];
  readonly folderCircles: readonly (readonly string[])[];
}

const linesOf = (text: string): number => text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;
const share = (part: number, whole: number): number => Math.round((part / whole) * 1000) / 10;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** `as const` forces nothing. */
const isCast = ({ type, typeAnnotation }: SyntaxNode): boolean =>
  type === 'TSAsExpression' &&
  !(
    typeof typeAnnotation === 'object' &&
    typeAnnotation !== null &&
    'typeName' in typeAnnotation &&
    JSON.stringify(typeAnnotation.typeName).includes('"name":"const"')
  );

/** Places of exported declarations (not of re-exports), and whether a docblock ends right before each. */
function exportsOf({ text, parsed }: Source): boolean[] {
  const ends = parsed.comments
    .filter(({ type, value }) => type === 'Block' && value.startsWith('*'))
    .map(({ end }) => end);
  return parsed.program.body
    .filter((node) => node.type === 'ExportNamedDeclaration' && node.declaration !== null)
    .map(({ start }) => ends.some((end) => end <= start && text.slice(end, start).trim() === ''));
}

function countsOf(source: Source) {
  const { path, text, parsed } = source;
  const place = (node: SyntaxNode) => `${path}:${lineAt(text, node.start)}`;
  const all = [...nodesOf(parsed.program.body)];
  const functions = all.filter(({ type, body }) => FUNCTIONS.has(type) && body !== null);
  const length = ({ start, end }: SyntaxNode) => lineAt(text, end) - lineAt(text, start) + 1;
  return {
    functions: functions.length,
    over60: functions.filter((node) => length(node) > LONG).length,
    over80: functions.filter((node) => length(node) > LONGEST).map(place),
    overFour: functions
      .filter(({ params }) => Array.isArray(params) && params.length > PARAMETERS)
      .map(place),
    any: all.filter(({ type }) => type === 'TSAnyKeyword').length,
    nonNull: all.filter(({ type }) => type === 'TSNonNullExpression').length,
    casts: all.filter(isCast).length,
    documented: exportsOf(source),
  };
}

export function measure(all: readonly Source[]): Figures {
  const counts = all.map((source) => ({ source, lines: linesOf(source.text), ...countsOf(source) }));
  const sum = (of: (one: (typeof counts)[number]) => number) =>
    counts.reduce((total, one) => total + of(one), 0);
  const lines = sum((one) => one.lines);
  const casts = sum((one) => one.casts);
  const longest = counts.reduce((a, b) => (b.lines > a.lines ? b : a));
  const packageOf = ({ path }: Source) => path.split('/')[1] ?? '';
  const byPackage = Object.groupBy(counts, ({ source }) => packageOf(source));
  const perThousand = (part: readonly { readonly casts: number; readonly lines: number }[] = []) =>
    share(
      part.reduce((total, one) => total + one.casts, 0) * 10,
      part.reduce((total, one) => total + one.lines, 0),
    );
  const files = fileGraph(all);
  const arrows = all.flatMap((source) =>
    importsOf(source)
      .filter((name) => name.startsWith('@gaiwan/'))
      .map((name) => `${packageOf(source)} ${name.split('/')[1]}`),
  );
  const documented = counts.flatMap((one) => one.documented);
  return {
    files: all.length,
    lines,
    medianLines: median(counts.map((one) => one.lines)),
    longestFile: `${longest.source.path} (${longest.lines})`,
    functions: sum((one) => one.functions),
    functionsOver60: sum((one) => one.over60),
    functionsOver80: counts.flatMap((one) => one.over80),
    functionsOverFourParameters: counts.flatMap((one) => one.overFour),
    any: sum((one) => one.any),
    nonNull: sum((one) => one.nonNull),
    casts,
    castsPerThousandLines: share(casts * 10, lines),
    castsByPackage: Object.fromEntries(
      Object.entries(byPackage).map(([name, part]) => [name, perThousand(part)]),
    ),
    exports: documented.length,
    exportsWithDocblock: documented.filter(Boolean).length,
    arrowsBetweenPackages: new Set(arrows).size,
    fileCircles: circles(files),
    folderCircles: circles(folderGraph(files)),
  };
}

function report(figures: Figures): string {
  const {
    castsByPackage,
    fileCircles,
    folderCircles,
    functionsOver80,
    functionsOverFourParameters,
    ...plain
  } = figures;
  const list = (name: string, items: readonly string[]) => [
    `${name}: ${items.length}`,
    ...items.map((item) => `  ${item}`),
  ];
  return [
    ...Object.entries(plain).map(([name, value]) => `${name}: ${value}`),
    `functions over ${LONG} lines: ${share(plain.functionsOver60, plain.functions)} %`,
    `exports with a docblock: ${share(plain.exportsWithDocblock, plain.exports)} %`,
    ...list(
      'castsPerThousandLines by package',
      Object.entries(castsByPackage).map(([name, value]) => `${name} ${value}`),
    ),
    ...list('functionsOver80', functionsOver80),
    ...list('functionsOverFourParameters', functionsOverFourParameters),
    ...list(
      'fileCircles',
      fileCircles.map((circle) => circle.join(' ')),
    ),
    ...list(
      'folderCircles',
      folderCircles.map((circle) => circle.join(' ')),
    ),
  ].join('\n');
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean' } },
  });
  const figures = measure(sources(positionals[0] ?? root));
  console.log(values.json ? JSON.stringify(figures, undefined, 2) : report(figures));
}
