/** Of what docs/threat-model.md says about who somebody is: what shows it. */
import type { Evidence } from './evidence.ts';

const AUTHENTICATION = 'packages/platform/src/services/authentication/authentication.test.ts';
const ATTACKS = 'tests/attacks/accounts.test.ts';

export const accounts: Readonly<Record<string, Evidence>> = {
  'An account ends': {
    tests: {
      [AUTHENTICATION]: [
        'an account > is itself after its own change of password',
        'an account > begins anew by %s of somebody else, and what was open in its name ends',
      ],
      [ATTACKS]: [
        'against a bank > A2: a reset by the administrator begins a new account',
        'against a bank > the owner itself keeps everything when it changes its password',
      ],
      'tests/attacks/a01-a02-keys.test.ts': [
        'the holder goes on with its key under the new password, and recovers with its code when the key is lost',
      ],
    },
  },
  'What an account approved': {
    tests: {
      [ATTACKS]: ['against a bank > A3: what a deleted user approved is not run, and nothing of its data'],
      'packages/platform/src/services/scheduler/scheduler.test.ts': [
        'a queued task that may not run any more > ends with a reason that names the participant who %s',
      ],
      'packages/platform/src/services/management/management.test.ts': [
        'a task > tells who watches that a participant has gone, and whose approval is void by it',
      ],
      'packages/platform/src/tasks/participant-gone.test.ts': [
        'tells after a restart what it had not come to tell, of an account that goes on as another, too',
        'tells of each task once where it was cut off at commit %i, which was %s',
      ],
    },
  },
  'Its capabilities': {
    tests: {
      [ATTACKS]: [
        'against a bank > A13: the capability of an account that %s opens nothing',
        'against a bank > A13: a watch ends with its account',
      ],
      'packages/platform/src/services/storage/routes.test.ts': [
        'PUT > ends with the account in whose name it runs',
        'GET > opens nothing when the account that it was given to is gone, or another one has its name',
      ],
    },
  },
  'The last administrator': {
    tests: { [AUTHENTICATION]: ['the last administrator > stays one, by whatever way it would go'] },
  },
  'A disabled function': {
    tests: {
      [ATTACKS]: [
        'beside a bank that nobody ends > A12: what the administrator disabled stays disabled, whatever its owner does',
      ],
      'packages/platform/src/services/access-control/access-control.test.ts': ['every role, row by row > %s'],
      'packages/platform/src/tasks/engine/engine.test.ts': [
        'a task > is not invoked when a participant is gone, who is named, or its function is disabled',
      ],
      'packages/platform/src/services/scheduler/scheduler.test.ts': [
        'a queued task that may not run any more > ends where its function was disabled',
      ],
    },
  },
};
