/** What the system says no with. */
const texts = {
  EIO: 'i/o error',
  ENOSPC: 'no space left on device',
  ENOENT: 'no such file or directory',
  EEXIST: 'file already exists',
  ENOTDIR: 'not a directory',
  EISDIR: 'illegal operation on a directory',
  EBADF: 'bad file descriptor',
} as const;

export type SystemCode = keyof typeof texts;

/** As Node's errors of the file system: `code` is the system's. */
export class SystemError extends Error {
  readonly code: SystemCode;

  constructor(code: SystemCode, call: string, path: string) {
    super(`${code}: ${texts[code]}, ${call} '${path}'`);
    this.code = code;
  }
}

/** The machine has stopped: whatever asks it gets no answer. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}
