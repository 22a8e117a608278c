import { describe, expect, it } from 'vitest';
import { byte, int, long, short } from '../testing/arrow.ts';
import { type Node, writeFlat } from './flat-writer.ts';
import { FlatTable } from './flatbuffer.ts';

const inner: Node = { table: [short(-2), undefined, { text: 'né' }] };
const tree = writeFlat({
  table: [
    byte(1),
    long(2 ** 40),
    { list: [inner, inner] },
    {
      structs: [
        [1, -1],
        [3, 4],
      ],
    },
    undefined,
    int(-7),
    inner,
  ],
});

describe('metadata in FlatBuffers', () => {
  it('are read as they were written, and what is left out has its default', () => {
    const table = FlatTable.root(tree);
    expect([table.integer(0, 8), table.flag(0), table.count(1), table.integer(5, 32)]).toEqual([
      1,
      true,
      2 ** 40,
      -7,
    ]);
    expect(Array.from(table.tables(2), (one) => [one.integer(0, 16), one.text(2)])).toEqual([
      [-2, 'né'],
      [-2, 'né'],
    ]);
    expect(
      Array.from(table.structs(3, 16), (view) => [view.getBigInt64(0, true), view.getBigInt64(8, true)]),
    ).toEqual([
      [1n, -1n],
      [3n, 4n],
    ]);
    expect([table.integer(4, 16, 9), table.text(4), table.table(44), table.length(4), table.has(4)]).toEqual([
      9,
      undefined,
      undefined,
      0,
      false,
    ]);
    expect(table.table(6)?.text(2)).toBe('né');
  });

  it('are cut off nowhere without a refusal, and never read beside themselves', () => {
    const beside = Buffer.concat([Buffer.alloc(64, 1), tree, Buffer.alloc(64, 1)]);
    const read = (table: FlatTable) => [
      table.long(1),
      ...Array.from(table.tables(2), (one) => one.text(2)),
      ...Array.from(table.structs(3, 16)),
      table.table(6)?.text(2),
    ];
    for (let length = 0; length < tree.length - 8; length++)
      expect(() => read(FlatTable.root(beside.subarray(64, 64 + length)))).toThrow(/^its metadata/);
  });

  it('whose tables all point at one list are read up to a limit', () => {
    // A list of many offsets that all lead to one table of nothing: read as often as it is long.
    const many = 10_000;
    const bytes = Buffer.alloc(40 + 4 * many);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const table = bytes.length - 8;
    view.setUint32(0, 16, true);
    for (const [at, size] of [
      [8, 6],
      [10, 8],
      [12, 4],
      [table - 4, 4],
      [table - 2, 4],
    ] as const)
      view.setUint16(at, size, true);
    view.setInt32(16, 8, true);
    view.setUint32(20, 4, true);
    view.setUint32(24, many, true);
    for (let at = 28; at < 28 + 4 * many; at += 4) view.setUint32(at, table - at, true);
    view.setInt32(table, 4, true);
    const root = FlatTable.root(bytes);
    const readAll = () => {
      for (let i = 0; i < many; i++) Array.from(root.tables(0));
    };
    expect(Array.from(root.tables(0))).toHaveLength(many);
    expect(readAll).toThrow('its metadata have more than 4194304 tables, numbers and names');
  });

  it.each<[string, (view: DataView) => void, string]>([
    ['a root outside', (view) => view.setUint32(0, 1 << 30, true), 'point outside of themselves'],
    [
      'fields before the beginning',
      (view) => view.setInt32(view.getUint32(0, true), 1 << 20, true),
      'point outside',
    ],
    [
      'a field outside of its table',
      (view) =>
        view.setUint16(view.getUint32(0, true) - view.getInt32(view.getUint32(0, true), true) + 4, 999, true),
      'a field outside of its table',
    ],
  ])('with %s are refused', (_what, change, message) => {
    const bytes = Uint8Array.from(tree);
    change(new DataView(bytes.buffer));
    expect(() => FlatTable.root(bytes).integer(0, 8)).toThrow(message);
  });
});
