/**
 * X^T X of many rows that arrive in portions: the work of a covariance. 4 x 4 tiles of the result in SIMD registers
 * (WebAssembly, two doubles each), over blocks of rows that stay in the processor's first cache. Sums are the same on
 * every machine: no fused multiply-add.
 */
import { wasm } from '../wasm.ts';
import { assemble, op, V128 } from './assemble.ts';

const TILE = 4;
const DOUBLE = 8;
/** Bytes of a block of rows. */
const BLOCK = 24 << 10;
const PAGE = 65536;

/** tile(a, b, stride, rows, into): `into[i][j] += sum over rows of a[r][i] * b[r][j]`, 4 x 4, row after row. */
function tileBody(): number[] {
  const [a, b, stride, rows, into] = [0, 1, 2, 3, 4] as const;
  const sum = (i: number, half: number) => 5 + i * 2 + half;
  const [left, right0, right1] = [13, 14, 15] as const;
  const multiplyAdd = (i: number, half: number) => [
    ...op.localGet(sum(i, half)),
    ...op.localGet(left),
    ...op.localGet(half === 0 ? right0 : right1),
    ...op.f64x2Mul,
    ...op.f64x2Add,
    ...op.localSet(sum(i, half)),
  ];
  const each = [0, 1, 2, 3];
  const row = each.flatMap((i) => [
    ...op.localGet(a),
    ...op.v128LoadSplat64(i * DOUBLE),
    ...op.localSet(left),
    ...multiplyAdd(i, 0),
    ...multiplyAdd(i, 1),
  ]);
  const advance = (pointer: number) => [
    ...op.localGet(pointer),
    ...op.localGet(stride),
    ...op.i32Add,
    ...op.localSet(pointer),
  ];
  const loop = op.loop([
    ...[...op.localGet(b), ...op.v128Load(0), ...op.localSet(right0)],
    ...[...op.localGet(b), ...op.v128Load(16), ...op.localSet(right1)],
    ...row,
    ...advance(a),
    ...advance(b),
    ...[...op.localGet(rows), ...op.i32Const(1), ...op.i32Sub, ...op.localSet(rows)],
    ...op.localGet(rows),
  ]);
  const store = each.flatMap((i) =>
    [0, 1].flatMap((half) => {
      const offset = (i * TILE + half * 2) * DOUBLE;
      return [
        ...op.localGet(into),
        ...[...op.localGet(into), ...op.v128Load(offset)],
        ...[...op.localGet(sum(i, half)), ...op.f64x2Add],
        ...op.v128Store(offset),
      ];
    }),
  );
  return [...loop, ...store];
}

type Tile = (a: number, b: number, stride: number, rows: number, into: number) => void;

let code: InstanceType<typeof wasm.Module> | undefined;

export class Gram {
  readonly columns: number;
  /** Columns up to a multiple of the tile; the rest are zero. */
  readonly #wide: number;
  readonly #capacity: number;
  readonly #tile: Tile;
  readonly #doubles: Float64Array;
  /** Byte addresses: the block of rows, and the tiles of the upper triangle. */
  readonly #block: number;
  #rows = 0;

  constructor(columns: number) {
    this.columns = columns;
    this.#wide = Math.ceil(columns / TILE) * TILE;
    const stride = this.#wide * DOUBLE;
    this.#capacity = Math.max(8, Math.floor(BLOCK / stride));
    const tiles = this.#wide / TILE;
    this.#block = ((tiles * (tiles + 1)) / 2) * TILE * TILE * DOUBLE;
    const bytes = this.#block + this.#capacity * stride;
    const memory = new wasm.Memory({ initial: Math.ceil(bytes / PAGE) });
    code ??= new wasm.Module(
      assemble([{ name: 'tile', parameters: 5, locals: new Array<number>(11).fill(V128), body: tileBody() }]),
    );
    this.#tile = new wasm.Instance(code, { env: { memory } }).exports['tile'] as Tile;
    this.#doubles = new Float64Array(memory.buffer as ArrayBuffer);
  }

  /** `rows * columns` numbers, row after row, each less its column's `origin`. */
  add(values: Float64Array, rows: number, origin: Float64Array): void {
    const { columns } = this;
    for (let row = 0, from = 0; row < rows; row++) {
      let to = this.#block / DOUBLE + this.#rows * this.#wide;
      for (let j = 0; j < columns; j++) this.#doubles[to++] = (values[from++] as number) - (origin[j] as number);
      if (++this.#rows === this.#capacity) this.#flush();
    }
  }

  /** The symmetric matrix of `columns * columns` sums. */
  finish(): Float64Array {
    this.#flush();
    const { columns } = this;
    const full = new Float64Array(columns * columns);
    for (let i = 0; i < columns; i++) {
      for (let j = i; j < columns; j++) {
        const [tileI, tileJ] = [Math.floor(i / TILE), Math.floor(j / TILE)];
        const at = this.#tileAt(tileI, tileJ) / DOUBLE + (i % TILE) * TILE + (j % TILE);
        full[i * columns + j] = full[j * columns + i] = this.#doubles[at] as number;
      }
    }
    return full;
  }

  #tileAt(i: number, j: number): number {
    const tiles = this.#wide / TILE;
    return (i * tiles - (i * (i - 1)) / 2 + (j - i)) * TILE * TILE * DOUBLE;
  }

  #flush(): void {
    if (this.#rows === 0) return;
    const step = TILE * DOUBLE;
    for (let i = 0, into = 0; i < this.#wide / TILE; i++)
      for (let j = i; j < this.#wide / TILE; j++, into += TILE * TILE * DOUBLE)
        this.#tile(this.#block + i * step, this.#block + j * step, this.#wide * DOUBLE, this.#rows, into);
    this.#rows = 0;
  }
}
