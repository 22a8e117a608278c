/** Whether, and where, the system keeps the passphrase of a ring: a file beside it that has nothing secret. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Context, note } from '../context.ts';
import { CliError } from '../errors.ts';
import { limits } from '../limits.ts';
import { damaged, type Owner } from './header.ts';
import { type KeyStoreKind, keepInStore, keyStoreKinds, lookInStore, removeFromStore } from './key-store.ts';
import { readPrivate, writePrivate } from './private-file.ts';

interface Place {
  readonly env: Context['env'];
  /** Of the ring. */
  readonly folder: string;
  readonly owner: Owner;
}

const pathOf = (folder: string) => join(folder, 'key-store.json');

/** Undefined where the person types it. Throws `CliError` (ring-damaged). */
export function keyStoreOf(folder: string): KeyStoreKind | undefined {
  const path = pathOf(folder);
  const text = readPrivate(path, limits.ringHeader.value);
  if (text === undefined) return undefined;
  const kind = keyStoreKinds.find((known) => JSON.stringify({ keyStore: known }) === text.trim());
  if (kind === undefined) throw damaged(path);
  return kind;
}

/** Rejects with `CliError` (no-key-store), and then nothing is remembered. */
export async function remember(
  { env, folder, owner }: Place,
  kind: KeyStoreKind,
  passphrase: string,
): Promise<void> {
  await keepInStore(env, kind, owner, passphrase);
  writePrivate(pathOf(folder), `${JSON.stringify({ keyStore: kind })}\n`);
}

/** False where nothing was. Rejects with `CliError` (no-key-store). */
export async function forget({ env, folder, owner }: Place): Promise<boolean> {
  const kind = keyStoreOf(folder);
  if (kind === undefined) return false;
  await removeFromStore(env, kind, owner);
  rmSync(pathOf(folder), { force: true });
  return true;
}

/** What the key store has; undefined, which is said, where it should have it and does not. */
export async function remembered(
  context: Context,
  { folder, owner }: Omit<Place, 'env'>,
): Promise<string | undefined> {
  const kind = keyStoreOf(folder);
  if (kind === undefined) return undefined;
  try {
    const found = await lookInStore(context.env, kind, owner);
    if (found === undefined) note(context, `${kind} has no passphrase of your key ring any more.`);
    return found;
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    // It is locked, or this is another session: the passphrase itself is as good.
    note(context, error.message);
    return undefined;
  }
}
