/** Why the store refuses. */
import type { RefusalTable } from '@gaiwan/errors';

export const storeRefusals = {
  conflict: {
    meaning: 'An expectation or a queue token did not hold: somebody else was faster. Nothing was written.',
    remedy: 'Read again and decide anew.',
  },
  'in-use': {
    meaning: 'Another process has this data folder open.',
    remedy: 'Stop that process, or choose another folder.',
  },
  'disk-full': {
    meaning: 'There is no space left on the disk. Nothing of the batch was written.',
    remedy: 'Make room, then commit again.',
  },
  tampered: {
    meaning: 'A value does not authenticate: the root key is another one, or somebody changed the data.',
    remedy: 'Restore the data folder from a copy that you trust.',
  },
  'state-tampered': {
    meaning:
      'Rows of the database were deleted, added, moved or rolled back; the message names the kind of record.',
    remedy: 'Restore the whole data folder from a copy that you trust.',
  },
  'state-rolled-back': {
    meaning:
      'The store is not at the newest state that the anchor remembers: it was rolled back, replaced by a fork, or emptied.',
    remedy:
      'Put the newest data folder back. Where there is none, accept this one with `gaiwan recover`: everybody sees the new epoch.',
  },
  'anchor-missing': {
    meaning: 'The store was anchored before, and is opened without an anchor.',
    remedy: 'Name its anchor; to do without from now on, `gaiwan recover` begins a new epoch.',
  },
  'anchor-moved': {
    meaning: 'Somebody else has advanced the anchor while the store was open. Nothing more is written.',
    remedy: 'Find out which process uses the same anchor or a copy of the folder; end it, and start again.',
  },
  'anchor-unavailable': {
    meaning:
      'The anchor does not answer. At the start nothing is opened; later, nothing is acknowledged that it has not taken.',
    remedy:
      'Bring the anchor back: the store continues by itself. Read again what became of the last changes.',
  },
  'anchor-unreadable': {
    meaning: 'What the anchor keeps is no state: somebody changed it, or removed a part of it.',
    remedy:
      'Find out who changed it, remove what the message names, and begin a new epoch with `gaiwan recover --epoch N`, N after the last.',
  },
  'too-large': {
    meaning: 'A batch, a key or a value is beyond the limits of the store (docs/limits.md).',
    remedy: 'Split it, or store less.',
  },
  invalid: {
    meaning: 'A key, cursor, number or batch has no valid form, e.g. a key without segments.',
    remedy: 'Correct the caller: this is a mistake in a program.',
  },
  'root-key': {
    meaning: 'The root key is missing, readable by others, or of the wrong length.',
    remedy: 'Restore the key, and let nobody but its owner read it (mode 600).',
  },
  format: {
    meaning: 'Another version of this program made the data folder.',
    remedy: 'Open it with the version that made it.',
  },
  closed: {
    meaning: 'The store was closed.',
    remedy: 'Open it again.',
  },
  'sync-failed': {
    meaning:
      'The disk failed to confirm a write. Nobody knows what of it is there, and asking again may wrongly succeed, so nothing more is written until the store is opened again.',
    remedy:
      'Look into the disk (the log of the kernel, its cables, the space behind it), then start again: what was acknowledged is there.',
  },
  io: {
    meaning: 'The disk or the database under the store failed.',
    remedy: 'Read the cause in the message; check the disk and the permissions of the folder.',
  },
} as const satisfies RefusalTable;
