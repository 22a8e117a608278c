/** Rows that are read in any order come in the order of their keys, and are summed up on the way. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Elements } from './elements.ts';
import { LoadedRows } from './loaded-rows.ts';
import { eachRow, find, type HeadRow, headOf, replace } from './rows.ts';
import { Sum } from './sum.ts';

const SECRET = Buffer.alloc(32, 7);
const segment = (number: number) => Buffer.alloc(16, number);
const rowOf = (key: Buffer): HeadRow => ({ key, head: headOf(1, randomBytes(24)) });
const stringOf = (rows: readonly HeadRow[]) =>
  Buffer.concat(rows.map((row) => replace(Buffer.alloc(0), find(Buffer.alloc(0), row.key), row)));

function loaded(): { readonly rows: LoadedRows; readonly sums: Map<string, Sum> } {
  const sums = new Map<string, Sum>();
  const sumOf = (kind: string) => {
    const sum = sums.get(kind) ?? new Sum();
    sums.set(kind, sum);
    return sum;
  };
  const elements = new Elements(Buffer.from(SECRET));
  return { rows: new LoadedRows('entry', { elements, sumOf, damaged: () => new Error('damaged') }), sums };
}
/** Many begin alike: of one segment to three, of which the second tells most apart by its first bytes, and some by its last alone. */
const second = fc.tuple(fc.nat(6), fc.nat(), fc.nat(3)).map(([zeros, begin, end]) => {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32BE(begin, zeros);
  bytes[15] = end;
  return bytes;
});
const key = fc.tuple(fc.nat(2), fc.option(fc.tuple(second, fc.option(fc.nat(3))))).map(([kind, rest]) => {
  const [middle, last] = rest ?? [];
  const third = last === undefined || last === null ? [] : [segment(last)];
  return Buffer.concat([segment(kind), ...(middle ? [middle] : []), ...third]);
});
const keys = fc.uniqueArray(key, { selector: (bytes) => bytes.toString('hex'), maxLength: 60 });

describe('loaded rows', () => {
  it('come in the order of their keys, in parts of one kind each, and their sums are those of their elements', () => {
    const property = fc.property(keys, fc.integer({ min: 1, max: 20 }), (all, cut) => {
      const { rows, sums } = loaded();
      const given = all.map(rowOf);
      for (let at = 0; at < given.length; at += cut) {
        const some = given.slice(at, at + cut);
        rows.add({ bytes: stringOf(some), count: some.length });
      }
      // A part is gone when the next one is asked for.
      const parts = Array.from(rows.inOrder(3), (part) => ({ ...part, rows: Buffer.from(part.rows) }));
      const inOrder = [...given].sort((a, b) => a.key.compare(b.key));
      expect(parts.flatMap((part) => [...eachRow('entry', part.rows)])).toEqual(inOrder);
      for (const { kind, start, count, rows: some } of parts) {
        const its = [...eachRow('entry', some)];
        expect(its).toHaveLength(count);
        expect(count).toBeLessThanOrEqual(3);
        expect(its[0]?.key.toString('latin1')).toBe(start);
        expect(new Set(its.map(({ key }) => key.toString('latin1', 0, 16)))).toEqual(new Set([kind]));
      }
      const elements = new Elements(Buffer.from(SECRET));
      const expected = new Map<string, Sum>();
      for (const { key, head } of given) {
        const kind = key.toString('latin1', 0, 16);
        const sum = expected.get(kind) ?? new Sum();
        sum.change(elements.row('entry', key, head), 1);
        expected.set(kind, sum);
      }
      expect(sums).toEqual(expected);
    });
    fc.assert(property);
  });

  it('with the same key twice are damaged', () => {
    const { rows } = loaded();
    const key = Buffer.concat([segment(1), segment(2)]);
    const twice = [rowOf(key), rowOf(Buffer.concat([key, segment(3)])), rowOf(key)];
    rows.add({ bytes: stringOf(twice), count: 3 });
    expect(() => [...rows.inOrder(8)]).toThrow('damaged');
  });

  it.each([
    ['fewer than they are said to be', 3, (bytes: Buffer) => bytes],
    ['more', 1, (bytes: Buffer) => bytes],
    ['cut short', 2, (bytes: Buffer) => bytes.subarray(0, -1)],
    ['followed by others', 2, (bytes: Buffer) => Buffer.concat([bytes, Buffer.of(1)])],
    ['without a key', 2, (bytes: Buffer) => Buffer.from(bytes.fill(0, 0, 1))],
    ['of another length', 2, (bytes: Buffer) => Buffer.from(bytes.fill(9, 2, 3))],
  ])('that are %s are damaged', (_, count, change) => {
    const bytes = change(stringOf([rowOf(segment(1)), rowOf(segment(2))]));
    expect(() => loaded().rows.add({ bytes, count })).toThrow('damaged');
  });
});
