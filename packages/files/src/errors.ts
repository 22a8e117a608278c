/** Every refusal of this package. */
export type FilesErrorCode =
  | 'bad-scheme'
  | 'bad-key-length'
  | 'bad-iv-length'
  /** A stored name that is empty, too long, or a path. */
  | 'bad-name'
  | 'truncated'
  /** Wrong key, or somebody changed the bytes. */
  | 'corrupt'
  /** The file is intact but not the one that was registered. */
  | 'tag-mismatch'
  | 'name-mismatch'
  /** Not this format, or a version or mode of it that we do not read. */
  | 'unsupported-format'
  /** A writer died in the middle of an update. */
  | 'unfinished-write'
  | 'disk-full'
  | 'io';

export class FilesError extends Error {
  override readonly name = 'FilesError';
  readonly code: FilesErrorCode;
  constructor(code: FilesErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
