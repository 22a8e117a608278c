/** Every code that this package refuses with: those of the wire (`@gaiwan/protocol`), and those of a start. */
import type { RefusalTable } from '@gaiwan/errors';
import { type CodeOf, type GrpcRefusal, wireRefusals } from '@gaiwan/protocol';

const unavailable = { grpc: 'UNAVAILABLE' } as const;
const precondition = { grpc: 'FAILED_PRECONDITION' } as const;
const invalid = { grpc: 'INVALID_ARGUMENT' } as const;

/** `data-folder-` and a code of `StoreError`. */
const dataFolderRefusals = {
  'data-folder-in-use': {
    ...unavailable,
    meaning: 'Another process has the data folder open.',
    remedy: 'Stop that process, or choose another folder with --data.',
  },
  'data-folder-format': {
    ...unavailable,
    meaning: 'Another version of this program made the data folder.',
    remedy: 'Start the version that made it, or choose an empty folder.',
  },
  'data-folder-root-key': {
    ...unavailable,
    meaning: 'The root key of the data folder is missing, or is not one.',
    remedy: 'Restore the folder whole, with its sealed key.',
  },
  'data-folder-tampered': {
    ...unavailable,
    meaning: 'What is stored does not authenticate: the key is another one, or somebody changed the folder.',
    remedy: 'Restore the data folder from a copy that you trust.',
  },
  'data-folder-state-tampered': {
    ...unavailable,
    meaning:
      'Records in the data folder were deleted, added, moved or rolled back; the message names their kinds and says how many.',
    remedy:
      'Keep the folder as it is for whoever looks into it, and restore the whole data folder from a copy that you trust. Nothing in it is served.',
  },
  'data-folder-state-rolled-back': {
    ...precondition,
    meaning:
      'The data folder is not at the newest state that its anchor remembers: it was rolled back, replaced by a fork, or emptied.',
    remedy:
      'Put the newest data folder back. Where there is none, accept this one with `gaiwan recover`: everybody sees the new epoch.',
  },
  'data-folder-anchor-missing': {
    ...precondition,
    meaning: 'The data folder was anchored before, and is opened without an anchor.',
    remedy: 'Name its anchor with --anchor; to do without from now on, `gaiwan recover` begins a new epoch.',
  },
  'data-folder-anchor-moved': {
    ...unavailable,
    meaning: 'Somebody else has advanced the anchor of the data folder.',
    remedy: 'Find out which process uses the same anchor, or a copy of the folder; end it, and start again.',
  },
  'data-folder-anchor-unavailable': {
    ...unavailable,
    meaning: 'The anchor does not answer, so nobody can say whether the data folder is the newest.',
    remedy: 'Bring back what the message names: the folder, the key broker, the TPM. Then start again.',
  },
  'data-folder-anchor-unreadable': {
    ...precondition,
    meaning:
      'What the anchor of the data folder keeps is no state: somebody changed it, or removed a part of it.',
    remedy:
      'Find out who changed it. Then remove what the message names (of a TPM both indices, with `tpm2_nvundefine`), and begin a new epoch with `gaiwan recover --epoch N`, where N comes after the last one that clients saw.',
  },
  'data-folder-disk-full': {
    ...unavailable,
    meaning: 'The disk that holds the data folder is full.',
    remedy: 'Make room, then start again.',
  },
  'data-folder-sync-failed': {
    ...unavailable,
    meaning:
      'The disk that holds the data folder failed to confirm a write, so the process ended: it could not know any more what is there.',
    remedy:
      'Look into the disk (the log of the kernel, its cables, the space behind it), then start again: what was acknowledged is there.',
  },
  'data-folder-io': {
    ...unavailable,
    meaning: 'The data folder cannot be read or written.',
    remedy: 'Check its permissions and the disk under it.',
  },
  'data-folder-conflict': {
    ...unavailable,
    meaning: 'Somebody else changed the store while it was being opened.',
    remedy: 'Make sure that no other process uses the folder, then start again.',
  },
  'data-folder-too-large': {
    ...unavailable,
    meaning: 'A value that the start wanted to write is larger than the store takes.',
    remedy: 'This is a bug: please report it with the log.',
  },
  'data-folder-invalid': {
    ...unavailable,
    meaning: 'The start asked the store for something that has no valid form.',
    remedy: 'This is a bug: please report it with the log.',
  },
  'data-folder-closed': {
    ...unavailable,
    meaning: 'The store was closed while it was being opened.',
    remedy: 'Start again.',
  },
} as const satisfies RefusalTable<GrpcRefusal>;

/** `sealing-` and a code of `SealingError`. */
const sealingRefusals = {
  'sealing-wrong-measurement': {
    ...precondition,
    meaning:
      'The root key was sealed to another program, configuration or machine; `subjects` names the registers.',
    remedy: 'Start what it was sealed to, and let that hand the key over: gaiwan reseal.',
  },
  'sealing-not-unsealable': {
    ...precondition,
    meaning: 'The sealed root key was changed, is of another machine, or is no sealed key.',
    remedy: 'Start on the machine that sealed it, or restore the file from a copy.',
  },
  'sealing-no-sealed-key': {
    ...precondition,
    meaning: 'The data folder holds data, but no sealed root key.',
    remedy: 'Restore the file root.sealed from a copy.',
  },
  'sealing-store-gone': {
    ...precondition,
    meaning: 'The data folder has a sealed root key, and its store is gone or empty.',
    remedy: 'Put the store back, or restore a backup; to begin anew, choose an empty folder.',
  },
  'sealing-handover-pending': {
    ...precondition,
    meaning:
      'The root key waits for the release that it was handed over to, and cannot be rotated until then.',
    remedy: 'Start that release once, then rotate.',
  },
  'sealing-rotating': {
    ...precondition,
    meaning: 'The root key is being rotated, and cannot be handed over until that is done.',
    remedy: 'Wait for the rotation to end, then try again.',
  },
  'sealing-failed': {
    ...precondition,
    meaning: 'The TPM, the machine or the key broker did not do what it was asked for.',
    remedy: 'Read the cause in the message; check that the device or the broker can be reached.',
  },
} as const satisfies RefusalTable<GrpcRefusal>;

/** A platform that does not start, or a command of its operator that is refused. They are never sent over the network. */
const startRefusals = {
  'port-in-use': {
    ...unavailable,
    meaning: 'Another process listens on the port, or the port may not be used.',
    remedy: 'Stop that process, or choose another port; 0 takes a free one.',
  },
  'core-dumps': {
    ...precondition,
    meaning:
      'The process cannot forbid core dumps of itself, which would write what it holds to the disk in clear.',
    remedy:
      'Install util-linux, whose prlimit sets the limit, and mount /proc; `gaiwan doctor` shows what is missing.',
  },
  'backup-target': {
    ...precondition,
    meaning: 'A backup, or a restored data folder, was to go where something is already.',
    remedy: 'Name a folder that is not there yet.',
  },
  'backup-failed': {
    ...unavailable,
    meaning: 'A backup could not be made; what there was of it is removed.',
    remedy: 'Read the cause in the message: a full disk, or a folder that this user may not read.',
  },
  'backup-unreadable': {
    ...invalid,
    meaning: 'The folder is no backup, was cut off while it was made, or is of another version.',
    remedy: 'Name a folder that gaiwan backup has made, with its backup.json.',
  },
  'backup-changed': {
    ...precondition,
    meaning:
      'A file of the backup is missing, changed or too much; `subjects` names it. Nothing was restored.',
    remedy: 'Restore another copy of the backup.',
  },
  'bad-origin': {
    ...invalid,
    meaning: 'An origin of --allow-url is not scheme, host and port alone.',
    remedy: 'Write it as https://files.example.com, without a path.',
  },
  'bad-token-life': {
    ...invalid,
    meaning: 'The time for which tokens are to hold is none, too short or too long.',
    remedy: 'Give --token-life whole seconds within the bounds that the message names.',
  },
  'bad-fairness': {
    ...invalid,
    meaning: 'A weight of a user or a group, or a number of its tasks at once, is none.',
    remedy:
      'Write --weight user:NAME=N or group:NAME=N, and --at-once NAME=N, user=N or group=N, with whole numbers from 1.',
  },
  'bad-executors': {
    ...invalid,
    meaning:
      'The settings of executors or of the sandbox name something that does not exist or is not allowed.',
    remedy: 'Correct the option or the description that the message names.',
  },
  'administrators-gone': {
    ...precondition,
    meaning:
      'The data folder had a first administrator and has no users any more, or has users and no trace of a first administrator.',
    remedy:
      'Restore the folder from a copy that you trust, or begin with an empty one. Nobody becomes administrator by a restart.',
  },
  'no-sealing': {
    ...precondition,
    meaning: 'The machine cannot keep keys, or cannot hand them over to another program.',
    remedy: 'Name a key broker (--key-broker), or use a TPM (--tee tpm).',
  },
  'reseal-to-whom': {
    ...invalid,
    meaning: 'The reference values name no build for this machine, or more than one.',
    remedy: 'Leave exactly one in the file.',
  },
} as const satisfies RefusalTable<GrpcRefusal>;

/** Steps of the scheduler. They are never sent over the network. */
const stepRefusals = {
  'step-not-due': {
    ...precondition,
    meaning: 'The task is not where this step of the scheduler begins: it has ended, or is in other hands.',
    remedy: 'None is needed: the step changes nothing, and the scheduler continues with the task as it is.',
  },
  'record-missing': {
    ...precondition,
    meaning: 'A function, a file or its record is gone from the store: the task fails, and says which.',
    remedy:
      'Nothing of the platform removes them: restore the data folder from a backup, and create the task again.',
  },
} as const satisfies RefusalTable<GrpcRefusal>;

/** The tables of a start by family, in the order of the documentation. */
export const startRefusalFamilies = {
  'Starting a platform': startRefusals,
  'Data folder': dataFolderRefusals,
  'Root key': sealingRefusals,
  'Work queue': stepRefusals,
};

export const platformRefusals = {
  ...wireRefusals,
  ...startRefusals,
  ...dataFolderRefusals,
  ...sealingRefusals,
  ...stepRefusals,
};

/** Every code of `PlatformError`. */
export type PlatformErrorCode = CodeOf<typeof platformRefusals, GrpcRefusal>;
