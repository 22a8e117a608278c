/** Teaclave's five host functions (module `env`), and what stands in for imports that nobody provides. */

import { RunnerFailure } from '../failure.ts';
import type { Files } from '../files.ts';
import { RefusedError } from '../refused-error.ts';
import type {} from '../webassembly.ts';
import type { Guest } from './guest.ts';
import type { Import, ModuleInfo } from './module-info.ts';
import type { Stop } from './stop.ts';
import { Trap } from './traps.ts';
import { type FunctionType, I32, I64 } from './types.ts';

/** A function that a program can import, with its signature: `i` is an i32, `I` an i64; after the colon the results. */
export interface HostFunction {
  readonly signature: string;
  readonly call: (...args: never[]) => number | undefined;
}

/** Functions by module and name. */
export type HostModules = ReadonlyMap<string, ReadonlyMap<string, HostFunction>>;

/** -1 where the worker refuses. */
function refusable(action: () => number): number {
  try {
    return action();
  } catch (error) {
    if (error instanceof RefusedError) return -1;
    throw error;
  }
}

/** The module `env` of a job. */
export function teaclaveFunctions(guest: Guest, files: Files): ReadonlyMap<string, HostFunction> {
  const named = (pointer: number, action: (name: string) => number): number => {
    const name = guest.name(pointer);
    return name === undefined ? -1 : refusable(() => action(name));
  };
  return new Map<string, HostFunction>([
    [
      'teaclave_open_input',
      { signature: 'i:i', call: (pointer: number) => named(pointer, (name) => files.open(name).handle) },
    ],
    [
      'teaclave_create_output',
      { signature: 'i:i', call: (pointer: number) => named(pointer, (name) => files.create(name)) },
    ],
    [
      'teaclave_read_file',
      {
        signature: 'iii:i',
        call: (handle: number, pointer: number, size: number) => {
          const target = guest.range(pointer, size);
          return refusable(() => files.read(handle, target));
        },
      },
    ],
    [
      'teaclave_write_file',
      {
        signature: 'iii:i',
        call: (handle: number, pointer: number, size: number) => {
          const bytes = guest.range(pointer, size);
          return refusable(() => {
            files.write(handle, bytes);
            return bytes.length;
          });
        },
      },
    ],
    [
      'teaclave_close_file',
      {
        signature: 'i:i',
        call: (handle: number) =>
          refusable(() => {
            files.close(handle);
            return 0;
          }),
      },
    ],
  ]);
}

/** Everything that the module imports. A function that nobody provides, or with another signature, traps when it is called. */
export function provide(info: ModuleInfo, modules: HostModules, stop: Stop): WebAssembly.Imports {
  // Names are untrusted: "__proto__" is one like any other.
  const imports: WebAssembly.Imports = Object.create(null);
  for (const item of info.imports) {
    const namespace: Record<string, unknown> = imports[item.module] ?? Object.create(null);
    namespace[item.name] = provideOne(item, modules, stop);
    imports[item.module] = namespace;
  }
  return imports;
}

function provideOne(item: Import, modules: HostModules, stop: Stop): unknown {
  const { module, name, limits } = item;
  switch (item.kind) {
    case 'function': {
      const host = modules.get(module)?.get(name);
      if (host && item.type && signature(item.type) === host.signature) return stop.guard(host.call);
      return stop.guard(() => {
        throw new Trap(`failed to call unlinked import function (${module}, ${name})`);
      });
    }
    case 'memory':
      return new WebAssembly.Memory(descriptor(limits));
    case 'table':
      return new WebAssembly.Table({ element: 'anyfunc', ...descriptor(limits) });
    default:
      throw new RunnerFailure(
        `The module imports the ${item.kind} ${module}.${name}, which no executor provides.`,
      );
  }
}

function descriptor(limits: Import['limits']): { initial: number; maximum?: number } {
  const { minimum = 0, maximum } = limits ?? {};
  return maximum === undefined ? { initial: minimum } : { initial: minimum, maximum };
}

function signature({ params, results }: FunctionType): string {
  const letters = (types: readonly number[]) =>
    types.map((type) => (type === I32 ? 'i' : type === I64 ? 'I' : '?')).join('');
  return `${letters(params)}:${letters(results)}`;
}
