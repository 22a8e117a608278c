/** How the calls of WASI become functions that a program imports. */
import type { HostFunction } from '../env.ts';
import { Errno, OK } from './errno.ts';

/** Name, letters of the parameters as in `HostFunction`, and what the call does: it throws `Errno` where it fails. */
export type WasiCall = readonly [name: string, params: string, call: (...args: never[]) => void];

/**
 * Wraps calls for import: an errno is their result, and success is 0. `refusal` turns other errors into an errno; of those for which
 * it has none the program ends.
 */
export function importable(
  calls: readonly WasiCall[],
  refusal: (error: unknown) => number | undefined,
): Map<string, HostFunction> {
  return new Map(
    calls.map(([name, params, call]) => [
      name,
      {
        signature: `${params}:i`,
        call: (...args: never[]) => {
          try {
            call(...args);
            return OK;
          } catch (error) {
            if (error instanceof Errno) return error.number;
            const errno = refusal(error);
            if (errno === undefined) throw error;
            return errno;
          }
        },
      },
    ]),
  );
}

/** Ends the call with this number. */
export function refuse(errno: number): never {
  throw new Errno(errno);
}
