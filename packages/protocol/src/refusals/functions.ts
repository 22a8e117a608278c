/** Functions and their versions. */
import type { RefusalTable } from '@gaiwan/errors';
import type { WireRefusal } from './refusal.ts';

export const functionRefusals = {
  'unknown-function': {
    grpc: 'INVALID_ARGUMENT',
    wire: 'invalid function id',
    meaning: 'There is no function with this id.',
    remedy: 'List the functions that you may use, and check the id.',
  },
  'bad-executor-type': {
    grpc: 'INTERNAL',
    meaning: 'The executor type is not one that exists.',
    remedy: 'Use one of those that the message lists, or custom:NAME.',
  },
  'bad-executor': {
    grpc: 'INTERNAL',
    meaning: 'The executor is not one that exists for functions of this type.',
    remedy: 'Use one of those that the message lists.',
  },
  'payload-too-large': {
    grpc: 'RESOURCE_EXHAUSTED',
    meaning: "The function's code is larger than a function's code may be.",
    remedy: 'Make the bundle smaller: leave out unused packages, and hand in data as files.',
  },
  'definition-too-large': {
    grpc: 'RESOURCE_EXHAUSTED',
    meaning: 'The names, descriptions and arguments of a function are too long together.',
    remedy: 'Shorten the descriptions, or the values of fixed arguments.',
  },
  'name-too-long': {
    grpc: 'RESOURCE_EXHAUSTED',
    meaning: 'The name or the description of a function is too long.',
    remedy: 'Shorten it to the number of characters that the message names.',
  },
  'bad-function-name': {
    grpc: 'INVALID_ARGUMENT',
    meaning: 'The name or the description of a function has control characters, or others that are not seen.',
    remedy: 'Take them out. A description may have line feeds and tabs.',
  },
  'bad-slot-name': {
    grpc: 'INVALID_ARGUMENT',
    meaning:
      'An argument, input or output has a name that is empty, too long, taken, could be a path, has characters that are not seen, or is `__proto__`.',
    remedy: 'Choose unique names without "/", control and invisible characters.',
  },
  'function-disabled': {
    grpc: 'UNKNOWN',
    wire: 'failed to invoke task',
    meaning: 'The function was disabled, by its owner or by an administrator.',
    remedy: 'Ask whoever disabled it to enable it again, or create a task with another function.',
  },
  'function-owner-gone': {
    grpc: 'INVALID_ARGUMENT',
    wire: 'invalid task',
    meaning:
      'The function is private, so that its owner takes part in every task, and the account of its owner is gone.',
    remedy: 'Use a function whose owner is there.',
  },
  'unknown-list': {
    grpc: 'INVALID_ARGUMENT',
    meaning: 'The request does not say which list of functions it wants.',
    remedy: 'Send FUNCTION_LIST_REGISTERED, FUNCTION_LIST_ALLOWED or FUNCTION_LIST_PUBLIC.',
  },
  'quota-used-up': {
    grpc: 'UNKNOWN',
    wire: 'function quota has been used up',
    meaning: 'The function has been invoked as often as its owner allows.',
    remedy: "Ask the function's owner for a larger quota.",
  },
} as const satisfies RefusalTable<WireRefusal>;
