/** Who imports whom: files, and the folders that they are in. Types count like values. */
import { posix } from 'node:path';
import { nodesOf, type Source } from './sources.ts';

/** From a file or folder to those that it imports. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** Every module that a source names, also in `import('x').T` and `import('x')`. */
export function importsOf({ parsed }: Source): string[] {
  const { staticImports, staticExports } = parsed.module;
  const named = [
    ...staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []),
    ),
  ];
  for (const node of nodesOf(parsed.program.body)) {
    if (node.type !== 'ImportExpression' && node.type !== 'TSImportType') continue;
    const { source } = node;
    if (
      typeof source === 'object' &&
      source !== null &&
      'value' in source &&
      typeof source.value === 'string'
    )
      named.push(source.value);
  }
  return [...new Set(named)];
}

export function fileGraph(sources: readonly Source[]): Graph {
  return new Map(
    sources.map((source) => {
      const local = importsOf(source).filter((name) => name.startsWith('.'));
      return [source.path, new Set(local.map((name) => posix.join(posix.dirname(source.path), name)))];
    }),
  );
}

/**
 * The folders directly under each package's `src`, and those directly under each of them: an arrow for every import that leads from one
 * to a sibling.
 */
export function folderGraph(files: Graph): Graph {
  const folders = new Map<string, Set<string>>();
  for (const [from, targets] of files) {
    for (const to of targets) {
      const [one, other] = siblings(from, to);
      if (one === undefined || other === undefined) continue;
      const found = folders.get(one) ?? new Set();
      folders.set(one, found.add(other));
    }
  }
  return folders;
}

/** The two folders in which the paths first differ; none where one of them is a file right there. */
function siblings(from: string, to: string): [string?, string?] {
  const [a, b] = [from.split('/'), to.split('/')];
  const at = a.findIndex((part, index) => part !== b[index]);
  if (at < 0 || at >= a.length - 1 || at >= b.length - 1) return [];
  return [a.slice(0, at + 1).join('/'), b.slice(0, at + 1).join('/')];
}

/** Groups of two or more that reach each other (Tarjan's strongly connected components), sorted. */
export function circles(graph: Graph): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (name: string): number => {
    const number = index.size;
    index.set(name, number);
    stack.push(name);
    let lowest = number;
    for (const next of graph.get(name) ?? []) {
      if (!index.has(next)) lowest = Math.min(lowest, visit(next));
      else if (stack.includes(next)) lowest = Math.min(lowest, index.get(next) ?? number);
    }
    low.set(name, lowest);
    if (lowest === number) {
      const group = stack.splice(stack.indexOf(name));
      if (group.length > 1 || graph.get(name)?.has(name)) found.push(group.sort());
    }
    return lowest;
  };
  for (const name of graph.keys()) if (!index.has(name)) visit(name);
  return found.sort((one, other) => (one.join() < other.join() ? -1 : 1));
}
