/** What a built-in function sees, over the files of a job in a sandbox. */
import { type FunctionContext, FunctionError, parseArguments } from '@gaiwan/functions/native';
import { type Job, MAX_BODY } from '@gaiwan/protocol/executor';
import type { Files } from '../files.ts';
import { writeAll } from '../io.ts';
import { RefusedError } from '../refused-error.ts';

const MIB = 1 << 20;

/** Throws `FunctionError` for arguments that are none. */
export function contextOf(job: Job, files: Files): FunctionContext {
  return {
    args: parseArguments(job.arguments),
    memoryBytes: job.limits.memoryMiB * MIB,
    input(name) {
      // At once: whether there is such an input is known from here on, as it is of a built-in function elsewhere.
      const first = asFunction(() => files.open(name));
      let opened: { readonly handle: number } | undefined = first;
      return {
        size: first.size,
        chunks() {
          const { handle } = opened ?? asFunction(() => files.open(name));
          opened = undefined;
          return chunksOf(files, handle);
        },
      };
    },
    output(name) {
      const handle = asFunction(() => files.create(name));
      return { write: (chunk) => files.write(handle, chunk), close: () => files.close(handle) };
    },
    log: (line) => void writeAll(2, Buffer.from(`[INFO gaiwan::${job.function}] ${line}\n`)),
  };
}

/** Each is valid until the next one is asked for. */
function* chunksOf(files: Files, handle: number): Generator<Uint8Array, void, void> {
  const bytes = new Uint8Array(MAX_BODY);
  for (;;) {
    const got = files.read(handle, bytes);
    if (got > 0) yield bytes.subarray(0, got);
    if (got < bytes.length) break;
  }
  files.close(handle);
}

function asFunction<T>(ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    if (error instanceof RefusedError && error.code !== 'bad-handle')
      throw new FunctionError(error.code, error.message, { cause: error });
    throw error;
  }
}
