/** Files that the platform keeps ("blobs"), their upload and download. */
import type { RefusalTable } from '@gaiwan/errors';
import type { WireRefusal } from './refusal.ts';

export const fileRefusals = {
  'bad-name': {
    grpc: 'INVALID_ARGUMENT',
    meaning: 'The name of a file is empty, too long, a path, or has characters that are not seen.',
    remedy: 'Give a bare file name, without a folder.',
  },
  'blob-too-large': {
    grpc: 'RESOURCE_EXHAUSTED',
    meaning: 'An upload was announced with more bytes than a file may have.',
    remedy: 'Split the file.',
  },
  'storage-quota': {
    grpc: 'RESOURCE_EXHAUSTED',
    http: 413,
    meaning:
      'The account, or its group, has the platform keep as many bytes or items as it may. The message says how much of what is used.',
    remedy:
      'Delete data, ended tasks and functions that nobody needs, discard uploads that are not finished, or ask an administrator for more (`gaiwan quota set`).',
  },
  'unknown-holder': {
    grpc: 'INVALID_ARGUMENT',
    meaning: 'There is no such user or group, or the request names both.',
    remedy: 'Name one user or one group that has members.',
  },
  'too-many-uploads': {
    grpc: 'RESOURCE_EXHAUSTED',
    meaning: 'The account has as many unfinished uploads as one may have.',
    remedy: 'Finish or discard some; a day after its beginning an unfinished upload is forgotten.',
  },
  'unknown-blob': {
    grpc: 'INVALID_ARGUMENT',
    wire: 'invalid data id',
    http: 404,
    meaning: 'The platform keeps no such file, or it belongs to somebody else.',
    remedy: 'Use the URL that the platform returned; an upload that was not finished in time is forgotten.',
  },
  'blob-missing': {
    grpc: 'INTERNAL',
    http: 410,
    meaning: 'The file that the platform keeps is gone from its disk, or has another size than it should.',
    remedy: 'Tell the operator, who may have a backup; or upload the file again, and register it anew.',
  },
  'not-an-upload': {
    grpc: 'INVALID_ARGUMENT',
    meaning: 'A task writes this file; it cannot be uploaded to.',
    remedy: 'Create an upload of your own.',
  },
  'wrong-kind-of-blob': {
    grpc: 'INVALID_ARGUMENT',
    meaning: 'An upload was registered as an output, or a file that a task writes as an input.',
    remedy: 'Register uploads as inputs, and created outputs as outputs.',
  },
  'blob-registered': {
    grpc: 'FAILED_PRECONDITION',
    meaning:
      'The file that a task is to write was registered as an output before; or what was to be discarded is registered.',
    remedy:
      'Use that output, or create another one and register its URL. What is registered is deleted as data.',
  },
  'upload-incomplete': {
    grpc: 'FAILED_PRECONDITION',
    meaning: 'An upload was registered before all of it has arrived.',
    remedy: 'Finish the upload, then register the file.',
  },
  'not-stored-here': {
    grpc: 'FAILED_PRECONDITION',
    meaning: 'The platform does not keep this file.',
    remedy: 'Fetch it from the URL that it was registered with.',
  },
  'nothing-to-download': {
    grpc: 'FAILED_PRECONDITION',
    meaning: 'No finished task has written this output yet.',
    remedy: 'Wait for the task that writes it to finish.',
  },
  'bad-capability': {
    http: 403,
    meaning: 'The capability is for another file or another access, or has expired.',
    remedy: 'Ask for a new one.',
  },
  'not-written': {
    http: 404,
    meaning: 'The file is not complete, or another attempt of the task has written it.',
    remedy: 'Ask for a new download when the task has finished.',
  },
  'bad-method': {
    http: 405,
    meaning: 'The path does not take this HTTP method; the header `allow` lists those that it takes.',
    remedy: 'Use GET or HEAD to download, PUT to upload.',
  },
  'length-required': {
    http: 411,
    meaning: 'An output was sent without saying how many bytes it has.',
    remedy: 'Send the header content-length.',
  },
  'wrong-offset': {
    http: 409,
    meaning: 'The request does not begin where the bytes that have arrived end.',
    remedy: 'Continue from the offset in the header `gaiwan-offset`.',
  },
  'already-complete': {
    http: 409,
    meaning: 'The file is complete and cannot be written again.',
    remedy: 'Create another upload.',
  },
  'too-much': {
    http: 413,
    meaning: 'The request holds more bytes than the upload was announced with; none of them was kept.',
    remedy: 'Create an upload with the right size.',
  },
  'bad-range': {
    http: 416,
    meaning: 'The range begins behind the end of the file.',
    remedy: 'Ask for bytes within the size that `content-range` names.',
  },
} as const satisfies RefusalTable<WireRefusal>;
