/** Why the catalogue refuses a registration. */
import { CodedError, type RefusalTable } from '@gaiwan/errors';

export const catalogueRefusals = {
  'parties-missing': {
    meaning: 'The function has slots for each party, and the number of parties is missing.',
    remedy: 'Give the number of parties.',
  },
  'parties-unexpected': {
    meaning: 'The function has a fixed number of slots, but a number of parties was given.',
    remedy: 'Leave the number of parties out.',
  },
  'parties-out-of-range': {
    meaning: 'The number of parties is not an integer within the bounds.',
    remedy: 'Give an integer from 1 to 1000.',
  },
  'unknown-optional-argument': {
    meaning: 'The function has no optional argument of that name.',
    remedy: 'Take a name from its entry in the catalogue.',
  },
} as const satisfies RefusalTable;

export class CatalogueError extends CodedError<keyof typeof catalogueRefusals> {
  override readonly name = 'CatalogueError';
}
