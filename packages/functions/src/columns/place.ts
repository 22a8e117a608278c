/** Refusals of what a file has, with the place where it has it. */
import { FunctionError } from '../refusal.ts';

/** Refuses what the file has: "its metadata ...". Whoever knows the place puts it before that, by `within`. */
export function broken(text: string): never {
  throw new FunctionError('invalid-input', text);
}

/**
 * Does something with the file's bytes.
 *
 * @throws FunctionError with the place, also where a library throws what has no code: it does where bytes are not as they should be
 */
export function within<Result>(place: () => string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw placed(place(), error);
  }
}

/** As `within`, for what waits. */
export async function withinAsync<Result>(place: () => string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw placed(place(), error);
  }
}

function placed(place: string, cause: unknown): FunctionError {
  return cause instanceof FunctionError
    ? new FunctionError(cause.code, `${place}: ${cause.message}.`, { cause })
    : new FunctionError('invalid-input', `${place}: the file is damaged.`, { cause });
}

/** Memory of the file's own wish. @throws FunctionError `out-of-memory`, without the place */
export function allocate(bytes: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(bytes);
  } catch (cause) {
    throw new FunctionError('out-of-memory', `there is no memory for ${bytes} bytes of it`, { cause });
  }
}
