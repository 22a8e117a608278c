import { CodedError, type RefusalTable } from '@gaiwan/errors';

/** What the text of a task's arguments can be instead of one JSON object that everybody reads alike. */
export const argumentsRefusals = {
  'not-json': {
    meaning: 'The arguments are not the text of a JSON value.',
    remedy: 'Send the text of one JSON object.',
  },
  'not-an-object': {
    meaning: 'The arguments are a JSON value, but no object.',
    remedy: 'Send the text of one JSON object.',
  },
  'too-long': {
    meaning: 'The text of the arguments, or its canonical form, is too long.',
    remedy: 'Hand in large data as an input file.',
  },
  'too-deep': {
    meaning: 'Objects and arrays in the arguments are nested too deep.',
    remedy: 'Flatten the arguments, or hand in the data as an input file.',
  },
  'member-twice': {
    meaning: 'An object in the arguments has two members of one name, however they are spelt.',
    remedy: 'Leave one of them out.',
  },
  'half-character': {
    meaning: 'A string in the arguments has half of a surrogate pair, which UTF-8 cannot carry.',
    remedy: 'Send whole characters.',
  },
  'number-out-of-range': {
    meaning:
      'A number in the arguments is neither an integer of 64 bits nor a double, or the program that sends it has no exact value of it.',
    remedy: 'Send it as a string; in JavaScript, send a whole number beyond 2^53 as a bigint.',
  },
} as const satisfies RefusalTable;

/** Text, or a value, that cannot be a task's arguments. */
export class ArgumentsTextError extends CodedError<keyof typeof argumentsRefusals> {
  override readonly name = 'ArgumentsTextError';
  /** The member that is meant, e.g. `rows[3].id`; empty for the whole. */
  readonly member: string;

  constructor(code: keyof typeof argumentsRefusals, message: string, member = '') {
    super(code, message);
    this.member = member;
  }
}
