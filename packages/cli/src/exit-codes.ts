/** What the exit code of `gaiwan` says. */
export const ExitCode = {
  Ok: 0,
  /** The platform refused, or the task failed. */
  Refused: 1,
  /** The command line or something named in it makes no sense: nothing was tried. */
  Usage: 2,
  /** Nobody answers, or the server is not one that you trust. */
  Connection: 3,
  /** Not logged in, or the password or token is not accepted. */
  Login: 4,
  /** A file cannot be read or written, or the disk is full. */
  File: 5,
  /** A file, tag or manifest is not what it should be: wrong key, tampered, truncated. */
  NotAuthentic: 6,
  /** A port or a data folder is in use by another process. */
  InUse: 7,
  /** It took longer than --timeout. */
  Timeout: 8,
  /** A bug of ours. */
  Internal: 70,
  Interrupted: 130,
} as const;

export const exitCodesHelp = `Exit codes: 0 done; 1 refused or failed; 2 usage; 3 cannot connect, or not a trusted server; 4 not logged in;
5 file cannot be read or written; 6 not authentic (wrong key or tag, tampered); 7 port or data folder in use; 8 timeout;
70 bug; 130 interrupted.`;

const byCode: Readonly<Record<string, number>> = {
  usage: ExitCode.Usage,
  'bad-connection-options': ExitCode.Usage,
  'bad-function-options': ExitCode.Usage,
  'bad-arguments': ExitCode.Usage,
  'bad-digest': ExitCode.Usage,
  'bad-scheme': ExitCode.Usage,
  'bad-key-length': ExitCode.Usage,
  'bad-iv-length': ExitCode.Usage,
  'bad-name': ExitCode.Usage,
  'wrong-scheme': ExitCode.Usage,
  'cannot-connect': ExitCode.Connection,
  'connection-lost': ExitCode.Connection,
  'untrusted-server': ExitCode.Connection,
  'untrusted-auditors': ExitCode.NotAuthentic,
  'bad-machine-settings': ExitCode.Usage,
  'sealing-wrong-measurement': ExitCode.NotAuthentic,
  'sealing-not-unsealable': ExitCode.NotAuthentic,
  'upload-failed': ExitCode.Connection,
  'not-logged-in': ExitCode.Login,
  unauthenticated: ExitCode.Login,
  io: ExitCode.File,
  'disk-full': ExitCode.File,
  truncated: ExitCode.NotAuthentic,
  corrupt: ExitCode.NotAuthentic,
  'tag-mismatch': ExitCode.NotAuthentic,
  'name-mismatch': ExitCode.NotAuthentic,
  'unsupported-format': ExitCode.NotAuthentic,
  'unfinished-write': ExitCode.NotAuthentic,
  'bad-manifest': ExitCode.NotAuthentic,
  'port-in-use': ExitCode.InUse,
  'bad-origin': ExitCode.Usage,
  'data-folder-in-use': ExitCode.InUse,
  'simulation-exists': ExitCode.Usage,
  'no-simulation': ExitCode.File,
  'simulation-outdated': ExitCode.NotAuthentic,
  'simulation-damaged': ExitCode.NotAuthentic,
  'not-measurable': ExitCode.File,
  'bad-enclave-info': ExitCode.Usage,
  'bad-auditor-key': ExitCode.Usage,
  'bad-threshold': ExitCode.Usage,
  'wrong-signature': ExitCode.NotAuthentic,
  'auditors-missing': ExitCode.NotAuthentic,
  timeout: ExitCode.Timeout,
};

const UNAUTHENTICATED = 16;

/** The exit code for whatever a command threw. Errors with a code of their own are refusals, all others are bugs. */
export function exitCodeFor(error: unknown): number {
  if (!(error instanceof Error)) return ExitCode.Internal;
  const { code, grpc } = error as { code?: unknown; grpc?: unknown };
  if (typeof code === 'string' && byCode[code] !== undefined) return byCode[code];
  if (grpc === UNAUTHENTICATED) return ExitCode.Login;
  if (typeof code !== 'string') return ExitCode.Internal;
  // System errors (ENOENT, EACCES, ...) that no package has wrapped.
  return /^E[A-Z0-9]+$/.test(code) ? ExitCode.File : ExitCode.Refused;
}
