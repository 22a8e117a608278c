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
  'bad-bundle': {
    meaning:
      'The file is no trust bundle, or was cut short or changed; or what it describes in words is not what it would accept. Nothing was kept.',
    remedy: 'Fetch it again from where its operator publishes it; if it is the same there, do not trust it.',
  },
  'bundle-older': {
    meaning:
      'The trust bundle is older than the one that you trust by this name, or another one with the same number. Nothing was changed.',
    remedy:
      'Ask who gave it to you, and the operator, why. To go back all the same: gaiwan trust remove NAME, then add it.',
  },
  'bundle-refused': {
    meaning: 'The trust bundle is not the one whose fingerprint you gave. Nothing was kept.',
    remedy: 'Look at what it says without --yes, and compare its fingerprint by another way.',
  },
  'unknown-name': {
    meaning: 'No task, function, data or trusted platform that you can see has this name.',
    remedy:
      'Look at the list: gaiwan tasks list, functions list, data list, trust list. Ids are always taken.',
  },
  'ambiguous-name': {
    meaning: 'Several tasks, functions or data have this name. Nothing was tried.',
    remedy: 'Give one of the ids that the message lists.',
  },
  'task-differs': {
    meaning:
      'The task on the platform is not what its description, or your key ring, says. Nothing was approved or sent.',
    remedy: 'Do not approve it. Ask its creator; a changed computation is a new task.',
  },
  'description-changed': {
    meaning: 'The file that describes the computation is another one than when you joined it.',
    remedy:
      'Take the file back to what you joined, or name the task by its id; ask the creator for a new task if the change is meant.',
  },
  'columns-differ': {
    meaning: 'The file has other columns than the description expects. Nothing was sent.',
    remedy: 'Give a file with exactly the columns that the message names.',
  },
  'file-changed': {
    meaning:
      'The file is another one than when its encryption under this key began, or than when its columns were looked at. Nothing of it was sent.',
    remedy:
      'Give the file as it was, or say that the new one takes its place: gaiwan tasks join TASK --input FILE --replace. To begin anew: --discard, then join again.',
  },
  'slot-in-use': {
    meaning: 'Your slot of the task has data that this key ring did not put there.',
    remedy: 'Join on the machine that has the key, or put other data there: gaiwan tasks replace.',
  },
  'ring-busy': {
    meaning:
      'Another command on this machine is joining, replacing or discarding in the same task. Nothing was done.',
    remedy: 'Wait until it has ended, then say the same again.',
  },
  'ring-locked': {
    meaning: 'The key ring needs its passphrase, and none was given, or a wrong one.',
    remedy:
      'Type it, or set GAIWAN_RING_PASSPHRASE or GAIWAN_RING_PASSPHRASE_FILE. It cannot be recovered; if you have lost it, join again with new keys.',
  },
  'no-key-store': {
    meaning: "The system's key store is not there, is locked, or did not do what it was asked for.",
    remedy:
      'Install or unlock it; without one, type the passphrase, or set GAIWAN_RING_PASSPHRASE_FILE. gaiwan ring remember says what is missing.',
  },
  'ring-lost': {
    meaning: 'This machine has no key ring for you on this platform, or no keys for this task in it.',
    remedy:
      'Import the ring from the machine that joined, or from your copy: gaiwan ring import FILE. Before the task is invoked you can put other data into it: gaiwan tasks replace.',
  },
  'ring-foreign': {
    meaning: 'The key ring belongs to another user, or to another instance of a platform.',
    remedy: 'Log in as that user, at that platform; or use the ring that belongs here.',
  },
  'ring-damaged': {
    meaning: 'A file of the key ring is cut short or was changed.',
    remedy: 'Take it from your copy: gaiwan ring import FILE.',
  },
  'cannot-connect': {
    meaning: 'Nobody answers at the address.',
    remedy: 'Check the address and the network.',
  },
} as const satisfies RefusalTable;
