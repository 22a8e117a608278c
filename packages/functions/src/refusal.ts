/** Why a built-in function refuses a task. */
import { CodedError, type RefusalTable } from '@gaiwan/errors';

export const functionRefusals = {
  'unknown-function': {
    meaning: 'No built-in function has the name that the function was registered with.',
    remedy: 'Register it under a name of the catalogue (`gaiwan functions list --builtin`).',
  },
  'invalid-arguments': {
    meaning:
      'An argument is missing, has another type, is out of its bounds, or does not fit the others or the data.',
    remedy: 'Make the task again with arguments as `gaiwan functions show NAME` lists them.',
  },
  'unknown-input': {
    meaning: 'The function opens an input that was not registered, or that the task left empty.',
    remedy: 'Register the function with the slots of its entry in the catalogue, and assign data to them.',
  },
  'unknown-output': {
    meaning: 'The function creates an output that was not registered, or that the task left empty.',
    remedy: 'Register the function with the slots of its entry in the catalogue, and assign data to them.',
  },
  'invalid-input': {
    meaning: 'An input is not in the format that the function reads, or has no rows.',
    remedy: 'Correct the input where the message says: it names the line or the row.',
  },
  'unsuitable-data': {
    meaning:
      'The data can be read, but the method has no answer for them: labels of one class, values beyond all numbers.',
    remedy: 'Prepare the data as the message says, or choose another method.',
  },
  'invalid-model': {
    meaning: 'A model file cannot be read or run, or its inputs and outputs are not those of the data.',
    remedy: 'Give the file that training made, or export the model as the message says.',
  },
  'invalid-key': {
    meaning: 'A key is not in the expected format, or its parts do not fit together.',
    remedy: 'Give a key as the entry of the function in the catalogue describes it.',
  },
  'invalid-image': {
    meaning: 'The image cannot be decoded as one JPEG picture.',
    remedy: 'Give the bytes of a JPEG file.',
  },
  'decryption-failed': {
    meaning: 'The ciphertext does not belong to this key and nonce, or its plaintext is no text.',
    remedy: 'Give the key and the nonce that the text was encrypted with.',
  },
  'too-large': {
    meaning: 'An input, a line or a table is beyond a limit.',
    remedy: 'Divide or shrink the input: docs/limits.md lists the limits.',
  },
  'out-of-memory': {
    meaning: 'The data or the model need more memory than the task or the machine has.',
    remedy: 'Give the task more memory, or fewer rows.',
  },
} as const satisfies RefusalTable;

export type FunctionRefusal = keyof typeof functionRefusals;

/** The task's owner reads the message as the result's reason; the texts of Teaclave's functions are its contract. */
export class FunctionError extends CodedError<FunctionRefusal> {
  override readonly name = 'FunctionError';
}
