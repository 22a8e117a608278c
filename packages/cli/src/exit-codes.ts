/** What the exit code of `gaiwan` says. */
import type { refusalTables as client } from '@gaiwan/client/refusals';
import type { refusalTables as enclave } from '@gaiwan/enclave/refusals';
import { type RefusalEntry, type RefusalTable, systemCode } from '@gaiwan/errors';
import type { refusalTables as files } from '@gaiwan/files/refusals';
import type { refusalTables as platform } from '@gaiwan/platform/refusals';
import type { refusalTables as trust } from '@gaiwan/trust/refusals';
import type { refusalTables as cli } from './refusal-tables.ts';

interface ExitCodeEntry extends RefusalEntry {
  readonly value: number;
  /** As `gaiwan --help` says it. */
  readonly short: string;
}

export const exitCodes = {
  ok: { value: 0, short: 'done', meaning: 'The command did what it was asked for.', remedy: 'Continue.' },
  refused: {
    value: 1,
    short: 'refused or failed',
    meaning: 'The platform refused, or the task failed.',
    remedy: 'Look up the code that the message names: gaiwan errors CODE.',
  },
  usage: {
    value: 2,
    short: 'usage',
    meaning: 'The command line, or something that it names, makes no sense. Nothing was tried.',
    remedy: 'Correct the command line; gaiwan COMMAND --help lists its flags.',
  },
  connection: {
    value: 3,
    short: 'cannot connect, or not a trusted server',
    meaning: 'Nobody answers, or the server is not one that you trust.',
    remedy:
      'Check the address and the network; for a server that is not trusted, compare its evidence (gaiwan attest).',
  },
  login: {
    value: 4,
    short: 'not logged in',
    meaning: 'Nobody is logged in, or the platform does not accept the password or the token.',
    remedy: 'Log in: gaiwan login.',
  },
  file: {
    value: 5,
    short: 'file cannot be read or written',
    meaning: 'A file cannot be read or written, or the disk is full.',
    remedy: 'Check the path, its permissions and the space on the disk.',
  },
  notAuthentic: {
    value: 6,
    short: 'not authentic (wrong key or tag, tampered)',
    meaning:
      'A file, a tag, a manifest or a sealed key is not what it should be: wrong key, tampered with, or truncated.',
    remedy: 'Check the key and the tag; fetch the file again from where you trust it.',
  },
  inUse: {
    value: 7,
    short: 'port or data folder in use',
    meaning: 'Another process uses the port or the data folder.',
    remedy: 'Stop that process, or choose another port or folder.',
  },
  timeout: {
    value: 8,
    short: 'timeout',
    meaning: 'It took longer than --timeout. A task continues.',
    remedy: 'Ask again, with a longer --timeout or without one.',
  },
  diskFailed: {
    value: 9,
    short: 'the disk of a service failed',
    meaning:
      'The disk failed to confirm a write of a platform or service, which ended at once. What was acknowledged is there.',
    remedy: 'Look into the disk, then start again.',
  },
  internal: {
    value: 70,
    short: 'bug',
    meaning: 'A bug of the command line.',
    remedy: 'Please report it with what was printed.',
  },
  interrupted: {
    value: 130,
    short: 'interrupted',
    meaning: 'The user interrupted the command.',
    remedy: 'Look at the state before you repeat it.',
  },
} as const satisfies RefusalTable<ExitCodeEntry>;

type ExitCodeName = keyof typeof exitCodes;

export const exitCodesHelp = `Exit codes:
${Object.values(exitCodes)
  .map(({ value, short }) => `${String(value).padStart(5)}  ${short}`)
  .join('\n')}`;

type CodesOf<Tables> = { [Name in keyof Tables]: keyof Tables[Name] }[keyof Tables];
/** Every code that a command may meet. */
type AnyCode = CodesOf<
  typeof cli & typeof client & typeof enclave & typeof files & typeof platform & typeof trust
>;

/** Codes that are more than a refusal. */
const byCode = {
  usage: 'usage',
  'bad-connection-options': 'usage',
  'bad-function-options': 'usage',
  'bad-arguments': 'usage',
  'bad-digest': 'usage',
  'bad-scheme': 'usage',
  'bad-key-length': 'usage',
  'bad-iv-length': 'usage',
  'bad-name': 'usage',
  'wrong-scheme': 'usage',
  'cannot-connect': 'connection',
  'connection-lost': 'connection',
  'untrusted-server': 'connection',
  'untrusted-auditors': 'notAuthentic',
  'bad-machine-settings': 'usage',
  'sealing-wrong-measurement': 'notAuthentic',
  'sealing-not-unsealable': 'notAuthentic',
  'upload-failed': 'connection',
  'not-logged-in': 'login',
  unauthenticated: 'login',
  'state-memory': 'file',
  io: 'file',
  'disk-full': 'file',
  truncated: 'notAuthentic',
  corrupt: 'notAuthentic',
  'tag-mismatch': 'notAuthentic',
  'name-mismatch': 'notAuthentic',
  'unsupported-format': 'notAuthentic',
  'unfinished-write': 'notAuthentic',
  'bad-code': 'notAuthentic',
  'bad-manifest': 'notAuthentic',
  'unknown-name': 'usage',
  'ambiguous-name': 'usage',
  'columns-differ': 'usage',
  'task-differs': 'notAuthentic',
  'ring-damaged': 'notAuthentic',
  'bad-bundle': 'notAuthentic',
  'bundle-older': 'notAuthentic',
  'bundle-refused': 'notAuthentic',
  'port-in-use': 'inUse',
  'bad-origin': 'usage',
  'data-folder-in-use': 'inUse',
  'data-folder-sync-failed': 'diskFailed',
  'simulation-exists': 'usage',
  'no-simulation': 'file',
  'simulation-outdated': 'notAuthentic',
  'simulation-damaged': 'notAuthentic',
  'not-measurable': 'file',
  'bad-enclave-info': 'usage',
  'bad-auditor-key': 'usage',
  'bad-threshold': 'usage',
  'wrong-signature': 'notAuthentic',
  'auditors-missing': 'notAuthentic',
  timeout: 'timeout',
} as const satisfies { readonly [Code in AnyCode]?: ExitCodeName };

const exitsByCode: ReadonlyMap<string, ExitCodeName> = new Map(Object.entries(byCode));

const UNAUTHENTICATED = 16;

/** The exit code for whatever a command threw. Errors with a code of their own are refusals, all others are bugs. */
export function exitCodeFor(error: unknown): number {
  const code = systemCode(error);
  const known = code === undefined ? undefined : exitsByCode.get(code);
  if (known !== undefined) return exitCodes[known].value;
  if (error instanceof Error && 'grpc' in error && error.grpc === UNAUTHENTICATED)
    return exitCodes.login.value;
  if (code === undefined) return exitCodes.internal.value;
  // System errors (ENOENT, EACCES, ...) that no package has wrapped.
  return /^E[A-Z0-9]+$/.test(code) ? exitCodes.file.value : exitCodes.refused.value;
}
