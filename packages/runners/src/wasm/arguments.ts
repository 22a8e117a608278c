/**
 * argc and argv in the program's memory: with its own allocator where it exports one (malloc and free, or AssemblyScript's),
 * else in pages that are added at the end.
 */

import { RunnerFailure } from '../failure.ts';
import type {} from '../webassembly.ts';
import { exportedCall } from './call.ts';
import type { Guest } from './guest.ts';
import type { ModuleInfo } from './module-info.ts';
import { Trap } from './traps.ts';
import { I32 } from './types.ts';

type Allocate = (size: number) => number;
type Exports = WebAssembly.Instance['exports'];

const PAGE = 65_536;

/** @returns The address of argv: a u32 for each text, each NUL-terminated; 0 if there is none. Throws `Trap`, `RunnerFailure`. */
export function placeArguments(
  argv: readonly string[],
  info: ModuleInfo,
  exports: Exports,
  guest: Guest,
): number {
  const texts = argv.map((text) => Buffer.from(`${text}\0`));
  const total = texts.reduce((sum, { length }) => sum + aligned(length), 4 * argv.length);
  guest.bytes();
  if (argv.length === 0) return 0;
  const allocate = ownAllocator(info, exports) ?? freshPages(guest, total);
  const pointers = texts.map((text) => {
    const pointer = allocate(text.length);
    guest.range(pointer, text.length).set(text);
    return pointer;
  });
  const array = allocate(4 * argv.length);
  const view = guest.view(array, 4 * argv.length);
  for (const [index, pointer] of pointers.entries()) view.setUint32(4 * index, pointer, true);
  return array;
}

function ownAllocator(info: ModuleInfo, exports: Exports): Allocate | undefined {
  const has = (name: string, params: number, results: number): boolean => {
    const type = info.exportedFunction(name);
    if (type?.params.length !== params || type.results.length !== results) return false;
    return [...type.params, ...type.results].every((value) => value === I32);
  };
  const call = (name: string, ...args: number[]): number => Number(exportedCall(exports, name)(...args));
  const checked = (pointer: number): number => {
    if (pointer === 0) throw new Trap('allocate memory failed');
    return pointer;
  };
  if (has('malloc', 1, 1) && has('free', 1, 0)) return (size) => checked(call('malloc', Math.max(1, size)));
  const pin = ['__pin', '__retain'].find((name) => has(name, 1, 1));
  const unpin = ['__unpin', '__release'].find((name) => has(name, 1, 0));
  if (!has('__new', 2, 1) || !pin || !unpin) return undefined;
  return (size) => call(pin, checked(call('__new', size, 0)));
}

function freshPages(guest: Guest, total: number): Allocate {
  const pages = Math.max(1, Math.ceil(total / PAGE));
  let next: number;
  try {
    next = (guest.memory?.grow(pages) ?? 0) * PAGE;
  } catch {
    throw new RunnerFailure(
      `The module's memory has no room for its arguments: let it grow by ${pages} more page(s), or export malloc and free, or raise the task's memory limit.`,
    );
  }
  return (size) => {
    const pointer = next;
    next += aligned(size);
    return pointer;
  };
}

/** To where a u32 may stand. */
function aligned(size: number): number {
  return (size + 3) & ~3;
}
