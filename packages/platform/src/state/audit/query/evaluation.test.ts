/** What a query finds, against an evaluator that knows no parser: sets of entries, from the tree that the query was written from. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { limits } from '../../../limits.ts';
import type { AuditEntry } from '../../../ports.ts';
import { readQuery } from './index.ts';

const words = ['get', 'task', 'bank', 'Bank2', 'é', 'denied'];
const separators = [' ', '_', ': ', '-'];
const START = Date.parse('2026-11-30T00:00:00Z') * 1000;
const SECOND = 1_000_000;

type Tree =
  | { readonly op: 'all' }
  | { readonly op: 'words'; readonly field: 'message' | 'user'; readonly words: readonly string[] }
  | { readonly op: 'result'; readonly value: boolean }
  | { readonly op: 'seconds'; readonly from: number; readonly to: number; readonly open: boolean }
  | { readonly op: 'between'; readonly low: string; readonly high: string; readonly open: boolean }
  | { readonly op: 'not'; readonly of: Tree }
  | { readonly op: 'or' | 'and'; readonly of: readonly Tree[] }
  /** `+a b -c` */
  | {
      readonly op: 'signs';
      readonly must: readonly Tree[];
      readonly should: readonly Tree[];
      readonly not: readonly Tree[];
    };

const text = fc
  .array(fc.tuple(fc.constantFrom(...words), fc.constantFrom(...separators)), { maxLength: 5 })
  .map((parts) => parts.flat().join(''));
const entry: fc.Arbitrary<AuditEntry> = fc
  .record({ message: text, user: text, result: fc.boolean(), second: fc.nat(9), micro: fc.nat(SECOND - 1) })
  .map(({ second, micro, ...rest }) => ({
    ...rest,
    microsecond: START + second * SECOND + micro,
    address: '',
  }));

const leaf: fc.Arbitrary<Tree> = fc.oneof(
  fc.constant<Tree>({ op: 'all' }),
  fc.record({
    op: fc.constant('words' as const),
    field: fc.constantFrom('message' as const, 'user' as const),
    words: fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ op: fc.constant('result' as const), value: fc.boolean() }),
  fc.record({ op: fc.constant('seconds' as const), from: fc.nat(9), to: fc.nat(9), open: fc.boolean() }),
  fc.record({
    op: fc.constant('between' as const),
    low: fc.constantFrom('bank', 'd', 'get'),
    high: fc.constantFrom('bank2', 'get', 'task'),
    open: fc.boolean(),
  }),
);
const { tree } = fc.letrec<{ tree: Tree }>((tie) => {
  const some = fc.array(tie('tree'), { minLength: 2, maxLength: 3 });
  const few = fc.array(tie('tree'), { maxLength: 2 });
  return {
    tree: fc.oneof(
      { maxDepth: 4, depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.record({ op: fc.constant('not' as const), of: tie('tree') }),
      fc.record({ op: fc.constantFrom('or' as const, 'and' as const), of: some }),
      fc.record({ op: fc.constant('signs' as const), must: few, should: some, not: few }),
    ),
  };
});

const time = (second: number) => new Date((START + second * SECOND) / 1000).toISOString().replace('.000', '');
const enclosed = (low: string, high: string, open: boolean) =>
  open ? `{${low} TO ${high}}` : `[${low} TO ${high}]`;

/** In parentheses wherever it might be torn apart. */
function write(node: Tree): string {
  if (node.op === 'all') return '*';
  if (node.op === 'words') return `${node.field}:"${node.words.join(' ')}"`;
  if (node.op === 'result') return `result:${node.value}`;
  if (node.op === 'seconds') return `date:${enclosed(time(node.from), time(node.to), node.open)}`;
  if (node.op === 'between') return `message:${enclosed(node.low, node.high, node.open)}`;
  if (node.op === 'not') return `(* AND NOT ${write(node.of)})`;
  if (node.op === 'signs') {
    const [must, not] = [
      node.must.map((each) => `+${write(each)}`),
      node.not.map((each) => `-${write(each)}`),
    ];
    return `(${[...must, ...node.should.map(write), ...not].join(' ')})`;
  }
  return `(${node.of.map(write).join(node.op === 'or' ? ' OR ' : ' AND ')})`;
}

/** Spells out what a phrase is: its words, between two ends of words, with separators between. */
const holds = (value: string, phrase: readonly string[]) => {
  const flat = (parts: readonly string[]) => ` ${parts.join(' ').toLowerCase()} `;
  return flat(value.split(/[ _:-]+/)).includes(flat(phrase));
};
const isBetween = (value: number | string, low: number | string, high: number | string, open: boolean) =>
  open ? value > low && value < high : value >= low && value <= high;

function leafHolds(node: Tree, { message, user, result, microsecond }: AuditEntry): boolean {
  if (node.op === 'words') return holds(node.field === 'user' ? user : message, node.words);
  if (node.op === 'result') return node.value === result;
  if (node.op === 'seconds') {
    const second = Math.floor((microsecond - START) / SECOND);
    return isBetween(second, node.from, node.to, node.open);
  }
  if (node.op === 'between')
    return message
      .toLowerCase()
      .split(/[ _:-]+/)
      .some((word) => word !== '' && isBetween(word, node.low, node.high, node.open));
  return node.op === 'all';
}

function find(node: Tree, entries: readonly AuditEntry[]): Set<AuditEntry> {
  const sets = (nodes: readonly Tree[]) => nodes.map((each) => find(each, entries));
  const those = (isIn: (entry: AuditEntry) => boolean) => new Set(entries.filter(isIn));
  if (node.op === 'not') {
    const excluded = find(node.of, entries);
    return those((each) => !excluded.has(each));
  }
  if (node.op === 'or') return new Set(sets(node.of).flatMap((set) => [...set]));
  if (node.op === 'and') {
    const all = sets(node.of);
    return those((each) => all.filter((set) => set.has(each)).length === all.length);
  }
  if (node.op === 'signs') {
    const wanted = find(
      node.must.length > 0 ? { op: 'and', of: node.must } : { op: 'or', of: node.should },
      entries,
    );
    const excluded = find({ op: 'or', of: node.not }, entries);
    return those((each) => wanted.has(each) && !excluded.has(each));
  }
  return new Set(entries.filter((each) => leafHolds(node, each)));
}

it('a query finds what the tree that it was written from means', () => {
  let found = 0;
  const some = fc.tuple(tree, fc.array(entry, { minLength: 1, maxLength: 8 }));
  fc.assert(
    fc.property(some, ([node, entries]) => {
      const query = write(node);
      // Each * AND NOT, and each leaf, is a term.
      fc.pre(query.length < limits.auditQuery.value && (query.match(/[*:]/g) ?? []).length < 64);
      const read = readQuery(query);
      const wanted = find(node, entries);
      expect(new Set(entries.filter((each) => read?.matches(each))), query).toEqual(wanted);
      if (wanted.size > 0 && wanted.size < entries.length) found++;
    }),
    { numRuns: 500 * Number(process.env['GAIWAN_PROPERTY_FACTOR']) },
  );
  // Else everything or nothing was asked for.
  expect(found).toBeGreaterThan(50);
});
