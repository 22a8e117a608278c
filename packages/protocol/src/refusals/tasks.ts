/** Tasks, from their creation to their end. */
import type { RefusalTable } from '@gaiwan/errors';
import type { WireRefusal } from './refusal.ts';

const creation = {
  'unknown-task': {
    grpc: 'INVALID_ARGUMENT',
    wire: 'invalid task id',
    meaning: 'There is no task with this id.',
    remedy: 'List your tasks, and check the id.',
  },
  'task-deleted': {
    grpc: 'INVALID_ARGUMENT',
    wire: 'invalid task id',
    meaning:
      'The task was deleted, by its participants or by the operator’s retention. Only its participants see this error.',
    remedy:
      'Create another task. The message has the time, the digest of its record, and that of its manifest.',
  },
  'bad-arguments': {
    grpc: 'INTERNAL',
    meaning: 'The arguments are not one JSON object, are nested too deep, or name a member twice.',
    remedy: 'Send the text of one JSON object.',
  },
  'argument-out-of-range': {
    grpc: 'INTERNAL',
    meaning:
      'A number in the arguments is neither an integer of 64 bits nor a double, so the function could not get it as it was written; `subjects` names it.',
    remedy: 'Send this number as a string.',
  },
  'arguments-too-large': {
    grpc: 'RESOURCE_EXHAUSTED',
    meaning: 'The text of the arguments is too long.',
    remedy: 'Hand in large data as an input file.',
  },
  'arguments-mismatch': {
    grpc: 'INVALID_ARGUMENT',
    wire: 'invalid task',
    meaning: 'Arguments are missing, unknown, or not to be overwritten; `subjects` names them.',
    remedy: 'Pass exactly the arguments that the function declares.',
  },
  'slots-mismatch': {
    grpc: 'INVALID_ARGUMENT',
    wire: 'invalid task',
    meaning: 'Inputs or outputs are missing, unknown, or named twice; `subjects` names them.',
    remedy: 'Name exactly the slots that the function declares.',
  },
  'slot-without-owner': {
    grpc: 'INVALID_ARGUMENT',
    wire: 'invalid task',
    meaning: 'An input or output of a new task has no owner.',
    remedy: 'Name the owners of every slot.',
  },
  'unknown-owner': {
    grpc: 'INVALID_ARGUMENT',
    meaning: 'A slot or a fusion output names an owner who has no account; `subjects` names them.',
    remedy: 'Have them registered first, and check the spelling.',
  },
  'limit-out-of-range': {
    grpc: 'INVALID_ARGUMENT',
    meaning: 'A limit of a task is not a whole number from 1 to its maximum; `subjects` names the limit.',
    remedy: 'Ask for less, or ask the operator for a higher maximum (--max-limit).',
  },
  'bad-log-reader': {
    grpc: 'INVALID_ARGUMENT',
    meaning: 'The reader of a log is not one that a task can have.',
    remedy: 'Name creator or function-owner.',
  },
} as const satisfies RefusalTable<WireRefusal>;

const assignment = {
  'not-a-participant': {
    grpc: 'PERMISSION_DENIED',
    wire: 'permission denied',
    policyId: 'task-participants',
    meaning: 'The user takes no part in the task.',
    remedy: 'Ask a participant, or create a task of your own.',
  },
  'not-the-creator': {
    grpc: 'PERMISSION_DENIED',
    wire: 'permission denied',
    policyId: 'task-creator',
    meaning: "Only the task's creator may do this.",
    remedy: 'Ask the creator to do it.',
  },
  'unknown-slot': {
    grpc: 'PERMISSION_DENIED',
    wire: 'permission denied',
    policyId: 'task-assign-own-data',
    meaning: 'The task has no input or output of this name.',
    remedy: 'Look at the task, and use the name of one of its slots.',
  },
  'not-the-owner': {
    grpc: 'PERMISSION_DENIED',
    wire: 'permission denied',
    policyId: 'task-assign-own-data',
    meaning: 'The data belong to somebody else.',
    remedy: 'Assign data of your own.',
  },
  'owners-mismatch': {
    grpc: 'PERMISSION_DENIED',
    wire: 'permission denied',
    policyId: 'task-assign-own-data',
    meaning: 'The owners of the data are not exactly the owners of the slot.',
    remedy: 'Assign data that belong to the users whom the slot names.',
  },
  'slot-taken': {
    grpc: 'PERMISSION_DENIED',
    wire: 'permission denied',
    policyId: 'task-assign-own-data',
    meaning: 'The slot has data already.',
    remedy: 'Replace the data instead; every approval then starts anew.',
  },
  'not-assignable': {
    grpc: 'UNKNOWN',
    wire: 'failed to assign data to task',
    meaning: 'Every slot of the task has its data, or the task has gone further or has ended.',
    remedy: 'To change what is assigned, replace it.',
  },
  'not-replaceable': {
    grpc: 'UNKNOWN',
    wire: 'failed to assign data to task',
    meaning: 'The task was invoked or has ended: its data can no longer be replaced.',
    remedy: 'Create another task.',
  },
  'options-not-changeable': {
    grpc: 'INVALID_ARGUMENT',
    wire: 'invalid task',
    meaning: 'The task was invoked or has ended: its options can no longer be changed.',
    remedy: 'Create another task.',
  },
} as const satisfies RefusalTable<WireRefusal>;

const approval = {
  'nothing-to-approve': {
    grpc: 'FAILED_PRECONDITION',
    meaning: 'There is no manifest yet, because slots have no data; `subjects` names them.',
    remedy: 'Wait until the owners of these slots have assigned their data.',
  },
  'manifest-too-large': {
    grpc: 'RESOURCE_EXHAUSTED',
    meaning:
      'The task has no manifest that could be approved: it would be too long, or have too many entries.',
    remedy: 'Give the task fewer slots and participants, or hand in large arguments as an input file.',
  },
  'not-approvable': {
    grpc: 'UNKNOWN',
    wire: 'failed to approve task',
    meaning: 'Data are missing, or the task is approved already, was invoked, or has ended.',
    remedy: 'Look at the state of the task.',
  },
  'bad-digest': {
    grpc: 'INVALID_ARGUMENT',
    meaning: "A manifest's digest does not have 32 bytes.",
    remedy: 'Send the SHA-256 of the manifest that you looked at.',
  },
  'manifest-changed': {
    grpc: 'UNKNOWN',
    wire: 'failed to approve task',
    meaning: 'The manifest has changed since the participant looked at it.',
    remedy: 'Look at the new manifest, then approve its digest.',
  },
} as const satisfies RefusalTable<WireRefusal>;

const running = {
  'not-invocable': {
    grpc: 'UNKNOWN',
    wire: 'failed to invoke task',
    meaning: 'The task was invoked already, or has ended.',
    remedy: 'Look at the state of the task; to run it again, create another.',
  },
  'data-missing': {
    grpc: 'UNKNOWN',
    wire: 'failed to invoke task',
    meaning: 'Slots of the task have no data; `subjects` names them.',
    remedy: 'Have the owners of these slots assign their data.',
  },
  'approvals-missing': {
    grpc: 'UNKNOWN',
    wire: 'failed to invoke task',
    meaning: 'Not every participant has approved; `subjects` names those who have not.',
    remedy: 'Have them look at the manifest and approve its digest.',
  },
  'participants-gone': {
    grpc: 'UNKNOWN',
    wire: 'failed to invoke task',
    meaning:
      'Accounts of participants were deleted, or begun anew by somebody else, since the task was created; `subjects` names them.',
    remedy: 'Create another task, with the accounts that there are now.',
  },
  'older-epoch': {
    grpc: 'UNKNOWN',
    wire: 'failed to invoke task',
    meaning:
      'The task was created in an epoch that a recovery of the platform has ended; whether it has run already, nobody knows.',
    remedy: 'Create another task, with outputs that are registered now.',
  },
  'repeat-needs-two-workers': {
    grpc: 'UNKNOWN',
    wire: 'failed to invoke task',
    meaning: 'The task is to run on two different workers, and fewer than two can run it.',
    remedy: 'Ask the operator for more workers (--workers), or change the option `repeat` of the task.',
  },
  'executor-not-offered': {
    grpc: 'UNKNOWN',
    wire: 'failed to invoke task',
    meaning: 'The task names an executor on native code, and no worker runs it.',
    remedy:
      'Ask the operator for it (`gaiwan serve --onnxruntime FOLDER`), or create the task with the executor `builtin`.',
  },
  'not-cancelable': {
    grpc: 'UNKNOWN',
    wire: 'failed to cancel task, reason: task has already been canceled',
    meaning: 'The task has ended: there is nothing to cancel.',
    remedy: 'Read its result.',
  },
  'bad-decline-reason': {
    grpc: 'INVALID_ARGUMENT',
    meaning: 'The reason for declining a task is empty, too long, or more than one line of visible text.',
    remedy: 'Say in one line why: everybody in the task reads it.',
  },
  'not-declinable': {
    grpc: 'FAILED_PRECONDITION',
    meaning: 'The task runs already, or has ended: nobody can decline it any more.',
    remedy: 'Look at the state of the task. Its creator can cancel one that runs.',
  },
  'task-open': {
    grpc: 'FAILED_PRECONDITION',
    meaning: 'The task has not ended, so it cannot be deleted.',
    remedy: 'Wait for its end, or cancel it.',
  },
  'too-many-watchers': {
    grpc: 'UNAVAILABLE',
    meaning: 'The task is watched as often as a task may be.',
    remedy: 'Wait for a watch to end, or ask for the state instead.',
  },
} as const satisfies RefusalTable<WireRefusal>;

export const taskRefusals = { ...creation, ...assignment, ...approval, ...running };
