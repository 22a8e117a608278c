/** What the command line itself refuses. */
import type { RefusalTable } from '@gaiwan/errors';

export const cliRefusals = {
  usage: {
    meaning: 'The command line makes no sense. Nothing was tried.',
    remedy: 'Correct what the message names; gaiwan COMMAND --help lists the flags.',
  },
  io: {
    meaning: 'A file cannot be read or written, or a program that the command needs cannot be started.',
    remedy: 'Check the path, its permissions, and what is installed.',
  },
  'not-logged-in': {
    meaning: 'Nobody is logged in.',
    remedy: 'Run gaiwan login first.',
  },
  refused: {
    meaning: 'What was asked for has failed, or you did not confirm it.',
    remedy: 'Read the message: it says what has failed.',
  },
  'cannot-connect': {
    meaning: 'Nobody answers at the address.',
    remedy: 'Check the address and the network.',
  },
} as const satisfies RefusalTable;
