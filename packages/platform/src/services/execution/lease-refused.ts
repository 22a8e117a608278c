/** A lease that is not what its task's participants approved: nothing of it is fetched, decrypted or run. */
import { CodedError, type RefusalTable } from '@gaiwan/errors';

const remedy =
  'No data were read. Only a faulty or malicious control plane makes such a lease: keep the logs, stop the platform, and find out which.';

export const leaseRefusals = {
  'bad-manifest': { meaning: "The manifest's bytes are no manifest in canonical form.", remedy },
  'wrong-task': { meaning: 'The lease is for another task than its manifest.', remedy },
  'not-approved': { meaning: 'A participant has not approved the manifest.', remedy },
  'stray-approval': {
    meaning: 'An approval is of another manifest, of somebody who is no participant, or there twice.',
    remedy,
  },
  'not-signed': {
    meaning: 'The manifest says that a participant has a key, and its approval has no signature.',
    remedy,
  },
  'wrong-signature': {
    meaning:
      'The signature of an approval is not one of the key that the manifest names, over this manifest and task.',
    remedy,
  },
  'stray-signature': {
    meaning: 'An approval has a signature, and the manifest says that its participant has no key.',
    remedy,
  },
  'wrong-agreement': {
    meaning: 'The standing agreement is not the one that the manifest names, or the task is not within it.',
    remedy,
  },
  'bad-definition': { meaning: "The function's definition is none in canonical form.", remedy },
  'wrong-function': {
    meaning: "The function's definition is not the one whose hash, name and executor type the manifest has.",
    remedy,
  },
  'wrong-payload': { meaning: "The code is not the one whose hash the function's definition has.", remedy },
  'missing-secret': { meaning: 'A slot of the manifest has no key.', remedy },
  'stray-secret': { meaning: 'A key is for no slot of the manifest, or one slot has two.', remedy },
  'wrong-key': { meaning: 'A key does not fit the schema that the manifest has for its slot.', remedy },
  'wrong-commitment': {
    meaning: "A key, IV or URL is not the one that the file's owner registered and the manifest commits to.",
    remedy,
  },
  'stray-digests': {
    meaning: 'There are digests of a first run that no task of this kind has, or they have another form.',
    remedy,
  },
} as const satisfies RefusalTable;

export class LeaseRefused extends CodedError<keyof typeof leaseRefusals> {
  override readonly name = 'LeaseRefused';
}
