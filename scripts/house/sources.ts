/** The sources of the house: what is published, without tests, test support and generated code. */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ParseResult, parseSync } from 'oxc-parser';

export const root = fileURLToPath(new URL('../../', import.meta.url));

export interface Source {
  /** From the root of the repository, e.g. "packages/store/src/store.ts". */
  readonly path: string;
  readonly text: string;
  readonly parsed: ParseResult;
}

const NOT_SOURCES = /\.test\.ts$|\/(gen|testing)\//;

/** Parses every source; throws for one that does not parse. `folder`: another tree in place of this repository. `pattern`: other files of it. */
export function sources(folder = root, pattern = 'packages/*/src/**/*.ts'): Source[] {
  return globSync(pattern, { cwd: folder })
    .filter((path) => !NOT_SOURCES.test(path))
    .sort()
    .map((path) => parseSource(path, readFileSync(`${folder}/${path}`, 'utf8')));
}

export function parseSource(path: string, text: string): Source {
  const parsed = parseSync(path, text);
  const [error] = parsed.errors;
  if (error) throw new SyntaxError(`${path}: ${error.message}`);
  return { path, text, parsed };
}

/** A node of the syntax tree, as far as every node is alike. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [member: string]: unknown;
}

const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === 'object' && value !== null && 'type' in value && 'start' in value;

/** Every node of a tree, parents first. */
export function* nodesOf(node: unknown): Generator<SyntaxNode> {
  if (Array.isArray(node)) {
    for (const one of node) yield* nodesOf(one);
  } else if (isNode(node)) {
    yield node;
    for (const member of Object.values(node)) if (typeof member === 'object') yield* nodesOf(member);
  }
}
