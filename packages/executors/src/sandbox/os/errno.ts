/** The code of a failed system call, as Node gives it: 'ENOENT'. Undefined of any other error. */
export const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
