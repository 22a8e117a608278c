/**
 * The inner loop of matrix products: 4 x 4 numbers of the result in SIMD registers (WebAssembly, two doubles each). Sums
 * are the same on every machine: there is no fused multiply-add.
 */
import { type WasmModule, wasm } from '../wasm.ts';
import { assemble, op, V128 } from './assemble.ts';

export const TILE = 4;
export const DOUBLE = 8;
const PAGE = 65536;

/** The body of `Tile`. */
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

/**
 * `into[i][j] += sum over rows r of a[r][i] * b[r][j]` for i and j below 4. Byte addresses; `stride` bytes lead from one
 * row of `a` and of `b` to the next; `into` is row after row; `rows` is at least 1.
 */
export type Tile = (a: number, b: number, stride: number, rows: number, into: number) => void;

let code: WasmModule | undefined;

/** The kernel on zeroed memory of its own. */
export function tileOn(bytes: number): { readonly tile: Tile; readonly doubles: Float64Array } {
  code ??= new wasm.Module(
    assemble([{ name: 'tile', parameters: 5, locals: new Array<number>(11).fill(V128), body: tileBody() }]),
  );
  const memory = new wasm.Memory({ initial: Math.ceil(bytes / PAGE) });
  const { exports } = new wasm.Instance(code, { env: { memory } });
  return { tile: exports['tile'] as Tile, doubles: new Float64Array(memory.buffer as ArrayBuffer) };
}
