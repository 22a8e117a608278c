/** Every refusal of this package. */
import { CodedError, type RefusalTable } from '@gaiwan/errors';

export const filesRefusals = {
  'bad-scheme': {
    meaning: 'The encryption scheme is not one that exists.',
    remedy: 'Use teaclave-file-128, aes-gcm-128 or aes-gcm-256.',
  },
  'bad-key-length': {
    meaning: 'The key does not have the length that the scheme wants.',
    remedy: 'Give the key with which the file was encrypted, or make one of the right length.',
  },
  'bad-iv-length': {
    meaning: 'The IV does not have the length that the scheme wants; teaclave-file-128 has none.',
    remedy: 'Give the IV with which the file was encrypted, or none.',
  },
  'bad-name': {
    meaning: 'A stored name is missing, empty, too long, or a path.',
    remedy: 'Give a bare file name, without a folder.',
  },
  truncated: {
    meaning: 'The file ends too early.',
    remedy: 'Fetch it again, whole.',
  },
  corrupt: {
    meaning: 'The file does not authenticate: the key or IV is wrong, or somebody changed the bytes.',
    remedy: 'Check the key and IV; fetch the file again from where you trust it.',
  },
  'tag-mismatch': {
    meaning: 'The file is intact, but it is not the one that was registered.',
    remedy: 'Fetch the file that was registered, or register this one.',
  },
  'name-mismatch': {
    meaning: 'The file is intact, but was stored under another name.',
    remedy: 'Give it that name again: the last segment of its URL.',
  },
  'unsupported-format': {
    meaning: 'The file is not of this format, or of a version or mode of it that is not read here.',
    remedy: 'Check the scheme; encrypt the file anew with this program.',
  },
  'unfinished-write': {
    meaning: 'The program that wrote the file ended in the middle of a write.',
    remedy: 'Encrypt the file anew.',
  },
  'disk-full': {
    meaning: 'There is no space left on the disk.',
    remedy: 'Make room, then write again.',
  },
  io: {
    meaning: 'A file cannot be read or written.',
    remedy: 'Check the path and its permissions.',
  },
} as const satisfies RefusalTable;

export type FilesErrorCode = keyof typeof filesRefusals;

export class FilesError extends CodedError<FilesErrorCode> {
  override readonly name = 'FilesError';
}
