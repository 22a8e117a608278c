/** What can be said of whatever was thrown. */

/** The code of a system error, e.g. "ENOENT"; undefined for everything that has none. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** For people, and for nothing else: programs compare codes. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
