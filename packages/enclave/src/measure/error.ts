import { CodedError, type RefusalTable } from '@gaiwan/errors';

export const measureRefusals = {
  'not-measurable': {
    meaning: 'A part of the program is missing, or the program has files that no measurement covers.',
    remedy: 'Install the program again, without links and without files that its packages did not bring.',
  },
  'unmeasured-code': {
    meaning: 'Node was started such that more can run in this process, or see into it, than was measured.',
    remedy: 'Start without the option or variable that is named, and with `--disable-sigusr1`.',
  },
} as const satisfies RefusalTable;

/** A program cannot be measured, or its measurement would not be the whole truth. */
export class MeasureError extends CodedError<keyof typeof measureRefusals> {
  override readonly name = 'MeasureError';
}
