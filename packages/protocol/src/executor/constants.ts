/** The numbers of the executor protocol. Those of the Python runner are generated from these (scripts/python-constants.ts). */
import { limits } from '../limits.ts';

export const PROTOCOL_VERSION = 1;

/** Hexadecimal digits by which a process names the call after which it is ready again. */
export const NONCE_DIGITS = 32;

/** Bytes of a head. */
export const MAX_HEAD: number = limits.executorHead.value;
/** Bytes of a head that comes from the process. */
export const MAX_PROCESS_HEAD: number = limits.executorProcessHead.value;
/** Bytes of a body: a read, a write. */
export const MAX_BODY: number = limits.executorBody.value;
/** Bytes of a body of `prepare` and `done`: the code, the result. */
export const MAX_LARGE_BODY: number = limits.executorLargeBody.value;
/** Bytes of a result: the worker refuses a longer one. With the longest log that a task can have, it fits into a message of 32 MiB. */
export const MAX_RESULT: number = limits.result.value;
/** Characters of a `failed` message that are kept. */
export const MAX_MESSAGE: number = limits.failureMessage.value;

/** Handles are whole numbers below 2^31; that of an output has this bit set. */
export const OUTPUT_HANDLE = 0x40000000;
export const MAX_HANDLE = 0x7fffffff;
