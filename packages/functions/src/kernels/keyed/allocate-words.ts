import { FunctionError } from '../../refusal.ts';

/** Zeroed memory of that many words of 32 bits. Throws `FunctionError` where there is not so much. */
export function allocateWords(words: number): Int32Array<ArrayBuffer> {
  try {
    return new Int32Array(words);
  } catch (cause) {
    throw new FunctionError('out-of-memory', 'The keys of an input take more memory than there is.', {
      cause,
    });
  }
}
