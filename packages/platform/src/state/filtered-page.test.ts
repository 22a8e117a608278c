/** Pages of filtered lists: each item once whatever is put meanwhile, and never more looks than a page may have. */
import type { Key } from '@gaiwan/store';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeRecord } from '../domain/codec.ts';
import { limits } from '../limits.ts';
import { TestStore } from '../testing/store.ts';
import { checkFilter, filteredPage, type Part } from './filtered-page.ts';

interface Row {
  readonly odd: boolean;
}

let test: TestStore;
beforeAll(async () => {
  test = await TestStore.open();
});
afterAll(() => test.close());

const keyOf = (id: string): Key => ['row', id];
const mark = (part: string, id: string) => ({ key: ['mark', part, id], value: new Uint8Array() });
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

/** Rows of these numbers, with their marks. */
async function put(part: string, ids: readonly number[]): Promise<void> {
  const rows = ids.flatMap((id) => [
    mark(part, `${part}-${id}`),
    { key: keyOf(`${part}-${id}`), value: encodeRecord({ odd: id % 2 === 1 } satisfies Row) },
  ]);
  await test.store.commit({ put: rows });
}

const page = (parts: readonly Part<Row>[], pageToken = '', pageSize = 0) =>
  filteredPage<Row>(test.store, parts, keyOf, { pageToken, pageSize });

/** All pages; between them something happens. */
async function all(parts: readonly Part<Row>[], pageSize = 0, between?: (n: number) => Promise<void>) {
  const pages: string[][] = [];
  for (let token = ''; ; ) {
    const { rows, next } = await page(parts, token, pageSize);
    pages.push(rows.map(({ id }) => id));
    if (next === '') return pages;
    token = next;
    await between?.(pages.length);
  }
}

const odd = ({ odd: is }: Row) => is;
const part = (name: string, more: Partial<Part<Row>> = {}): Part<Row> => ({ marks: ['mark', name], ...more });

describe('pages', () => {
  it('go through all parts, in pages of any size', async () => {
    await put('a', numbers(0, 40));
    await put('b', numbers(0, 5));
    const expected = [...numbers(0, 40).map((n) => `a-${n}`), ...numbers(0, 5).map((n) => `b-${n}`)].sort();
    for (const size of [0, 1, 3, 7, 45, 1000]) {
      const pages = await all([part('a'), part('none'), part('b')], size);
      expect(pages.flat().sort(), `${size}`).toEqual(expected);
      expect(Math.max(...pages.map(({ length }) => length))).toBeLessThanOrEqual(size || limits.page.value);
    }
  });

  it('have each item once that was there throughout, whatever is put and deleted meanwhile', async () => {
    await put('c', numbers(0, 60));
    await put('d', numbers(0, 10));
    const pages = await all([part('c'), part('d')], 4, async (n) => {
      await put('c', numbers(1000 * n, 1000 * n + 5));
      await test.store.commit({ delete: [['mark', 'c', `c-${n}`]] });
    });
    const found = pages.flat();
    expect(new Set(found).size).toBe(found.length);
    for (const n of numbers(30, 60)) expect(found).toContain(`c-${n}`);
    for (const n of numbers(0, 10)) expect(found).toContain(`d-${n}`);
  });

  it('have what is wanted by mark, by row, and nowhere else', async () => {
    const even = await all([part('a', { wants: (row) => !row.odd })], 3);
    expect(even.flat()).toHaveLength(20);
    const few = await all([
      part('a', { wantsMark: (key) => key.at(-1)?.endsWith('7') === true, wants: odd }),
    ]);
    expect(few.flat().sort()).toEqual(['a-17', 'a-27', 'a-37', 'a-7']);
    const elsewhere = async (ids: readonly string[]) => new Set(ids.filter((id) => id !== 'a-7'));
    expect((await all([part('a', { elsewhere })])).flat()).toEqual(['a-7']);
  });

  it('end after so many looks, also where nothing is found', async () => {
    const many = 2 * limits.pageLooks.value + 10;
    for (let from = 0; from < many; from += 1000) await put('e', numbers(from, Math.min(many, from + 1000)));
    const scan = vi.spyOn(test.store, 'scan');
    const first = await page([part('e', { wants: () => false })]);
    expect(first.rows).toEqual([]);
    expect(first.next).not.toBe('');
    expect(scan.mock.calls.length).toBe(limits.pageLooks.value / limits.pageStep.value);
    scan.mockRestore();
    expect(await all([part('e', { wants: () => false })])).toEqual([[], [], []]);
  });
});

describe('a token', () => {
  it.each(['x', '0', '0:+', '1:', '99:', '-1:', '0:AAAA', 'own:x', '0:\n', '1e1:'])(
    '%j is none',
    async (token) => {
      await expect(page([part('a')], token)).rejects.toMatchObject({ code: 'bad-page-token' });
    },
  );

  it('of one list is none of another', async () => {
    const { next } = await page([part('a')], '', 2);
    await expect(page([part('b')], next, 2)).rejects.toMatchObject({ code: 'bad-page-token' });
  });
});

it('a text that is searched for has an end', () => {
  expect(checkFilter('It', 'x'.repeat(256))).toHaveLength(256);
  expect(() => checkFilter('It', 'x'.repeat(257))).toThrow(expect.objectContaining({ code: 'bad-filter' }));
});
