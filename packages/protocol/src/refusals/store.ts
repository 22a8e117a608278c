/** The storage service alone: Teaclave's contract knows one text for all of them. */
import type { RefusalTable } from '@gaiwan/errors';
import type { WireRefusal } from './refusal.ts';

const wire = { grpc: 'INTERNAL', wire: 'invalid response' } as const;

export const storeRefusals = {
  'unknown-key': {
    ...wire,
    meaning: 'There is no value under this key.',
    remedy: 'Put a value first, or take its absence for an answer.',
  },
  'empty-queue': {
    ...wire,
    meaning: 'The queue of this key is empty.',
    remedy: 'Enqueue first, or ask again later.',
  },
  'store-conflict': {
    ...wire,
    meaning: 'Somebody else changed the same key at the same time.',
    remedy: 'Read again, then repeat the change.',
  },
  'store-in-use': {
    ...wire,
    meaning: 'Another process has the data folder open.',
    remedy: 'Stop that process.',
  },
  'store-disk-full': {
    ...wire,
    meaning: "The storage service's disk is full; nothing was written.",
    remedy: 'Make room, then try again.',
  },
  'store-tampered': {
    ...wire,
    meaning: 'A stored value does not authenticate: the key is another one, or somebody changed the folder.',
    remedy: 'Restore the data folder from a copy that you trust.',
  },
  'store-state-tampered': {
    ...wire,
    meaning: 'Stored records were deleted, added, moved or rolled back.',
    remedy: 'Restore the whole data folder from a copy that you trust.',
  },
  'store-state-rolled-back': {
    ...wire,
    meaning: 'The store is not at the newest state that its anchor remembers.',
    remedy: 'Have the operator put the newest data folder back, or accept this one with `gaiwan recover`.',
  },
  'store-anchor-missing': {
    ...wire,
    meaning: 'The store was anchored before, and is opened without an anchor.',
    remedy: 'Have the operator name its anchor.',
  },
  'store-anchor-moved': {
    ...wire,
    meaning: "Somebody else has advanced the store's anchor. Nothing more is written.",
    remedy: 'Have the operator find out which process uses the same anchor.',
  },
  'store-anchor-unavailable': {
    ...wire,
    meaning: "The store's anchor does not answer, so nothing that it has not taken is acknowledged.",
    remedy: 'Read again what became of the change when the anchor is back, then repeat it.',
  },
  'store-anchor-unreadable': {
    ...wire,
    meaning: "What the store's anchor keeps is no state.",
    remedy:
      'Have the operator find out who changed the anchor, remove it, and begin anew with `gaiwan recover`.',
  },
  'store-too-large': {
    ...wire,
    meaning: 'A key or a value is larger than the store takes.',
    remedy: 'Split the value, or keep it in a file.',
  },
  'store-invalid': {
    ...wire,
    meaning: 'A key or a cursor does not have the form that the store prescribes.',
    remedy: 'Send keys that are not empty, and cursors as they were returned.',
  },
  'store-root-key': {
    ...wire,
    meaning: 'The root key of the store cannot be used.',
    remedy: 'Have the operator look at the log of the storage service.',
  },
  'store-format': {
    ...wire,
    meaning: 'Another version of this program made the data folder.',
    remedy: 'Start the version that made it.',
  },
  'store-closed': {
    ...wire,
    meaning: 'The storage service is stopping.',
    remedy: 'Connect again later.',
  },
  'store-sync-failed': {
    ...wire,
    meaning: "The storage service's disk failed to confirm a write, and the service ends.",
    remedy: 'Look into the disk, start the service again, then read what became of the last changes.',
  },
  'store-io': {
    ...wire,
    meaning: 'The disk under the store failed.',
    remedy: 'Have the operator look at the log of the storage service.',
  },
} as const satisfies RefusalTable<WireRefusal>;
