/**
 * The system's key store, for the passphrase of a ring: the Secret Service of a Linux desktop by `secret-tool`, the keychain of macOS by
 * `security`. They are programs that the system has, so that nothing native is installed; the passphrase is never among their arguments.
 */
import { execFile } from 'node:child_process';
import { systemCode } from '@gaiwan/errors';
import type { Context } from '../context.ts';
import { CliError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Owner } from './header.ts';

export const keyStoreKinds = ['secret-service', 'keychain'] as const;
export type KeyStoreKind = (typeof keyStoreKinds)[number];

interface Call {
  readonly program: string;
  readonly args: readonly string[];
  readonly input?: string;
}

/** How a store is asked. */
interface Commands {
  readonly keep: (owner: Owner, passphrase: string) => Call;
  readonly look: (owner: Owner) => Call;
  readonly read: (output: string) => string;
  readonly remove: (owner: Owner) => Call;
  /** Its exit code where it has nothing of that name. */
  readonly absent: number;
  readonly install: string;
}

const attributes = ({ instance, user }: Owner) => [
  'application',
  'gaiwan-key-ring',
  'instance',
  instance,
  'user',
  user,
];
/** In a form that the line of a command needs no quotes for. */
const entry = ({ instance, user }: Owner) => [
  '-a',
  encodeURIComponent(user),
  '-s',
  `gaiwan-key-ring-${instance}`,
];

const stores: Readonly<Record<KeyStoreKind, Commands>> = {
  'secret-service': {
    keep: (owner, passphrase) => ({
      program: 'secret-tool',
      args: ['store', `--label=Gaiwan key ring of ${owner.user}`, ...attributes(owner)],
      input: passphrase,
    }),
    look: (owner) => ({ program: 'secret-tool', args: ['lookup', ...attributes(owner)] }),
    read: (output) => output,
    remove: (owner) => ({ program: 'secret-tool', args: ['clear', ...attributes(owner)] }),
    absent: 1,
    install: 'install secret-tool (libsecret-tools), and a service behind it, e.g. GNOME Keyring or KWallet',
  },
  keychain: {
    // As a line on its standard input, where no other user sees it; in hexadecimal, as it would print other letters than ASCII so.
    keep: (owner, passphrase) => ({
      program: 'security',
      args: ['-i'],
      input: `add-generic-password -U ${entry(owner).join(' ')} -w ${Buffer.from(passphrase).toString('hex')}\n`,
    }),
    look: (owner) => ({ program: 'security', args: ['find-generic-password', ...entry(owner), '-w'] }),
    read: (output) => Buffer.from(output.trim(), 'hex').toString('utf8'),
    remove: (owner) => ({ program: 'security', args: ['delete-generic-password', ...entry(owner)] }),
    absent: 44,
    install: 'it is a program of macOS',
  },
};

/** What this kind of system has. */
export const systemKeyStore = (): KeyStoreKind =>
  process.platform === 'darwin' ? 'keychain' : 'secret-service';

/** Rejects with `CliError` (no-key-store) unless it is there afterwards. */
export async function keepInStore(
  env: Context['env'],
  kind: KeyStoreKind,
  owner: Owner,
  passphrase: string,
): Promise<void> {
  const { code } = await run(env, kind, stores[kind].keep(owner, passphrase));
  // `security` says nothing of a line that fails.
  if (code === 0 && (await lookInStore(env, kind, owner)) === passphrase) return;
  throw new CliError('no-key-store', `${kind} did not keep the passphrase of your key ring.`);
}

/** Undefined where it has none. Rejects with `CliError` (no-key-store). */
export async function lookInStore(
  env: Context['env'],
  kind: KeyStoreKind,
  owner: Owner,
): Promise<string | undefined> {
  const { look, read, absent } = stores[kind];
  const { code, output } = await run(env, kind, look(owner));
  if (code === absent) return undefined;
  if (code !== 0)
    throw new CliError('no-key-store', `${kind} does not give the passphrase (exit code ${code}).`);
  const passphrase = read(output);
  return passphrase === '' ? undefined : passphrase;
}

/** Rejects with `CliError` (no-key-store) unless it is gone afterwards. */
export async function removeFromStore(env: Context['env'], kind: KeyStoreKind, owner: Owner): Promise<void> {
  const { code } = await run(env, kind, stores[kind].remove(owner));
  if (code !== 0 && code !== stores[kind].absent)
    throw new CliError('no-key-store', `${kind} did not forget the passphrase (exit code ${code}).`);
}

/** What it says on standard error is for the operator of the store: it is not repeated, as it may name what was asked for. */
function run(
  env: Context['env'],
  kind: KeyStoreKind,
  { program, args, input = '' }: Call,
): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const options = {
      env: { ...env },
      timeout: limits.keyStore.value,
      maxBuffer: limits.keyStoreAnswer.value,
    };
    const child = execFile(program, args, options, (error, output) => {
      if (!error) return resolve({ code: 0, output });
      if (typeof error.code === 'number') return resolve({ code: error.code, output });
      const isMissing = systemCode(error) === 'ENOENT';
      const why = isMissing ? `there is no ${program}: ${stores[kind].install}` : 'it does not answer';
      reject(
        new CliError('no-key-store', `The system's key store (${kind}) cannot be used: ${why}.`, {
          cause: error,
        }),
      );
    });
    // It may end before it reads.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}
