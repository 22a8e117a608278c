/** The root key of a store, sealed in a file: the form that `@gaiwan/store` asks for, without knowing of it. */
import { randomBytes } from 'node:crypto';
import { open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Sealer, SealingError } from './sealer.ts';

export const ROOT_KEY_BYTES = 32;

export interface SealedRootKey {
  /** `create`: the store is new, so a key may be made. Rejects with `SealingError`. */
  load(options: { readonly create: boolean }): Promise<Uint8Array>;
  /**
   * Seals the same key by another sealer as well, e.g. for the release that is about to be installed, or for another machine: a
   * store may be open meanwhile. The first `load` by that other sealer makes it the only one; until then both open. Durable
   * when it resolves.
   */
  reseal(other: Sealer): Promise<void>;
}

export function sealedRootKey(path: string, sealer: Sealer): SealedRootKey {
  const next = `${path}.next`;
  const read = async (from = path): Promise<Uint8Array | undefined> => {
    try {
      return await readFile(from);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new SealingError('failed', `The sealed key ${from} cannot be read.`, { cause });
    }
  };
  /** What was sealed for us before we were installed. */
  const takeOver = async (): Promise<Uint8Array | undefined> => {
    const blob = await read(next);
    const key = blob && (await unsealed(blob).catch(() => undefined));
    if (key === undefined) return undefined;
    try {
      await rename(next, path);
      await syncFolder(path);
    } catch (cause) {
      key.fill(0);
      throw new SealingError('failed', `The sealed key ${next} cannot take the place of ${path}.`, { cause });
    }
    return key;
  };
  const unsealed = async (blob: Uint8Array): Promise<Uint8Array> => {
    const key = await sealer.unseal(blob);
    if (key.length === ROOT_KEY_BYTES) return key;
    key.fill(0);
    throw new SealingError('not-unsealable', `${path} holds another secret than a root key.`);
  };
  return {
    async load({ create }) {
      const blob = await read();
      if (blob !== undefined) {
        try {
          return await unsealed(blob);
        } catch (error) {
          const key = await takeOver();
          if (key !== undefined) return key;
          throw error;
        }
      }
      if (!create)
        throw new SealingError(
          'no-sealed-key',
          `The sealed key ${path} is missing, and the store cannot be opened without it: put the file back from your backup.`,
        );
      const key = randomBytes(ROOT_KEY_BYTES);
      try {
        // Sealed and opened once before anything is written under it: a key that does not come back would lose the store.
        const made = await sealer.seal(key);
        (await unsealed(made)).fill(0);
        await writeWhole(path, made);
        return Uint8Array.from(key);
      } finally {
        key.fill(0);
      }
    },
    async reseal(other) {
      const blob = await read();
      if (blob === undefined) throw new SealingError('no-sealed-key', `There is no sealed key ${path}.`);
      const key = await unsealed(blob);
      try {
        await writeWhole(next, await other.seal(key));
      } finally {
        key.fill(0);
      }
    },
  };
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await unlink(temporary).catch(() => undefined);
    throw new SealingError('failed', `The sealed key ${path} cannot be written.`, { cause });
  }
  await syncFolder(path);
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
