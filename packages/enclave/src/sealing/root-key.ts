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
  /** Another root key, without a moment at which a crash would lose the store: as `RootKeyProvider.rotation` of `@gaiwan/store` says. */
  readonly rotation: {
    /** Withdraws what `reseal` prepared: that is another key now. */
    begin(): Promise<Uint8Array>;
    pending(): Promise<Uint8Array | undefined>;
    settle(): Promise<void>;
  };
}

export function sealedRootKey(path: string, sealer: Sealer): SealedRootKey {
  const next = `${path}.next`;
  const rotating = `${path}.rotating`;
  const read = async (from = path): Promise<Uint8Array | undefined> => {
    try {
      return await readFile(from);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new SealingError('failed', `The sealed key ${from} cannot be read.`, { cause });
    }
  };
  const replace = async (from: string): Promise<void> => {
    try {
      await rename(from, path);
      await syncFolder(path);
    } catch (cause) {
      throw new SealingError('failed', `The sealed key ${from} cannot take the place of ${path}.`, { cause });
    }
  };
  /** What was sealed for us before we were installed. */
  const takeOver = async (): Promise<Uint8Array | undefined> => {
    const blob = await read(next);
    const key = blob && (await unsealed(blob).catch(() => undefined));
    if (key === undefined) return undefined;
    try {
      await replace(next);
    } catch (error) {
      key.fill(0);
      throw error;
    }
    return key;
  };
  /** Sealed and opened once before anything rests on it: a key that does not come back would lose the store. */
  const sealNew = async (to: string): Promise<Uint8Array> => {
    const key = randomBytes(ROOT_KEY_BYTES);
    try {
      const made = await sealer.seal(key);
      (await unsealed(made)).fill(0);
      await writeWhole(to, made);
      return Uint8Array.from(key);
    } finally {
      key.fill(0);
    }
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
      return sealNew(path);
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
    rotation: {
      async begin() {
        await unlink(next).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'ENOENT')
            throw new SealingError('failed', `The sealed key ${next} cannot be removed.`, { cause: error });
        });
        return sealNew(rotating);
      },
      async pending() {
        const blob = await read(rotating);
        return blob && unsealed(blob);
      },
      settle: () => replace(rotating),
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
