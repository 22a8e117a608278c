/** Registered inputs and outputs. */
import type { RefusalTable } from '@gaiwan/errors';
import type { WireRefusal } from './refusal.ts';

export const dataRefusals = {
  'unknown-data': {
    grpc: 'INVALID_ARGUMENT',
    wire: 'invalid data id',
    meaning: 'There is no input or output with this id.',
    remedy: 'List your data, and check the id.',
  },
  'data-deleted': {
    grpc: 'INVALID_ARGUMENT',
    wire: 'invalid data id',
    meaning:
      'This input or output was deleted: by its owners, or because the operator keeps such things no longer. Its owners are told.',
    remedy: 'Hand it in again, or use another. The message has the time and the digest of what it was.',
  },
  'data-needed': {
    grpc: 'FAILED_PRECONDITION',
    meaning:
      'A task that has not ended names this input or output, so it cannot be deleted; `subjects` names some.',
    remedy:
      'Wait for the end of these tasks, put other data in its place, or have their creators cancel them.',
  },
  'missing-crypto-info': {
    grpc: 'INTERNAL',
    meaning: 'The registration does not say how the file is encrypted.',
    remedy: 'Send crypto_info: scheme, key and, where the scheme has one, IV.',
  },
  'bad-scheme': {
    grpc: 'INTERNAL',
    meaning: 'The encryption scheme is not one that exists.',
    remedy: 'Use teaclave-file-128, aes-gcm-128 or aes-gcm-256.',
  },
  'bad-key-length': {
    grpc: 'INTERNAL',
    meaning: 'The key does not have the length that the scheme wants.',
    remedy: 'Send the key with which the file was encrypted, as bytes.',
  },
  'bad-iv-length': {
    grpc: 'INTERNAL',
    meaning: 'The IV does not have the length that the scheme wants; teaclave-file-128 has none.',
    remedy: 'Send the IV with which the file was encrypted, or none.',
  },
  'bad-tag-length': {
    grpc: 'INTERNAL',
    meaning: 'The authentication tag (cmac) of a file does not have 16 bytes.',
    remedy: 'Send the tag that the encryption returned, as bytes.',
  },
  'raw-output': {
    grpc: 'INTERNAL',
    meaning: 'An output was registered without encryption.',
    remedy: 'Choose a scheme that encrypts.',
  },
  'bad-url': {
    grpc: 'INTERNAL',
    meaning: 'The text is not an absolute URL, is too long, or is a data: URL of another form.',
    remedy: 'Send an absolute URL.',
  },
  'scheme-not-supported': {
    grpc: 'INTERNAL',
    meaning: 'The platform does not fetch files from URLs of this kind.',
    remedy: 'Upload the file, or give an https: URL whose origin the operator allowed.',
  },
  'url-not-allowed': {
    grpc: 'PERMISSION_DENIED',
    wire: 'permission denied',
    policyId: 'allow-url',
    meaning: 'The operator has not allowed the origin of this URL.',
    remedy: 'Upload the file to the platform, or ask the operator for --allow-url ORIGIN.',
  },
  'too-few-owners': {
    grpc: 'PERMISSION_DENIED',
    wire: 'permission denied',
    policyId: 'data-owners',
    meaning: 'A fusion output was registered with fewer than two owners.',
    remedy: 'Name every owner, yourself included.',
  },
  'iv-reuse': {
    grpc: 'FAILED_PRECONDITION',
    meaning: 'The key and IV of an output were used before: using them again would reveal both contents.',
    remedy: 'Register another output with a fresh key or IV, and use that.',
  },
  'iv-older-epoch': {
    grpc: 'FAILED_PRECONDITION',
    meaning:
      'An output was registered in an epoch that a recovery of the platform has ended; its key and IV may have been used in what was given up.',
    remedy: 'Register another output with a fresh key or IV, and use that.',
  },
  'output-not-written': {
    grpc: 'INVALID_ARGUMENT',
    wire: 'invalid output file',
    meaning: 'An output was named as an input before a task has written it.',
    remedy: 'Run a task that writes the output, then use it as an input.',
  },
  'output-written': {
    grpc: 'FAILED_PRECONDITION',
    meaning: 'A task has already written this output; an output is written once.',
    remedy: 'Register another output.',
  },
  'output-taken': {
    grpc: 'UNKNOWN',
    wire: 'failed to invoke task',
    meaning:
      'An output of the task was written by another one, is reserved for one that was invoked before, or is in two slots; `subjects` names it.',
    remedy:
      'Replace it by an output of its own. One that was reserved is free again when the other task ends without having written it.',
  },
} as const satisfies RefusalTable<WireRefusal>;
