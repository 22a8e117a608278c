/** Where the root key comes from: a file, or whoever seals it to a machine. */
import { randomBytes } from 'node:crypto';
import { constants, type FileHandle, link, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, systemCode } from '@gaiwan/errors';
import { StoreError } from './store.ts';

export const ROOT_KEY_BYTES = 32;

/** A key that a store may be wrapped under. */
export interface RootKeyCandidate {
  /** 32 bytes. The store wipes them afterwards: hand out a copy. */
  readonly bytes: Uint8Array;
  /**
   * The store was opened with this key, or is wrapped under it now: it takes the place of the others. Where it rejects, they stay, and
   * nothing is lost.
   */
  readonly settle: () => Promise<void>;
}

export interface RootKeyProvider {
  /**
   * The keys that the store may be wrapped under, likeliest first, at least one: after a crash in a rotation nobody else knows which
   * it is. No key may be destroyed before the store was opened with another. `create` says that the store is new, so a missing key may
   * be made; else a missing key is an error (`root-key`), for a new one would not open what is there.
   */
  load(options: { readonly create: boolean }): Promise<readonly RootKeyCandidate[]>;
  /** Makes another key and keeps it beside those that are there, durably. Absent: it cannot be changed. */
  another?(): Promise<RootKeyCandidate>;
}

async function read(file: FileHandle, path: string): Promise<Uint8Array> {
  const { mode, size } = await file.stat();
  if ((mode & 0o077) !== 0)
    throw new StoreError(
      'root-key',
      `root key ${path} has mode 0${(mode & 0o777).toString(8)}, so others than its owner may have read it; make it 0600 if nobody has`,
    );
  if (size !== ROOT_KEY_BYTES)
    throw new StoreError('root-key', `root key ${path} has ${size} bytes, not ${ROOT_KEY_BYTES}`);
  const key = new Uint8Array(ROOT_KEY_BYTES);
  const { bytesRead } = await file.read(key, 0, ROOT_KEY_BYTES, 0);
  if (bytesRead !== ROOT_KEY_BYTES) throw new StoreError('io', `root key ${path} could not be read whole`);
  return key;
}

/** Makes the file whole or not at all: it gets its name only after its bytes are on disk. */
async function make(path: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  const key = randomBytes(ROOT_KEY_BYTES);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(key);
      await file.sync();
    } finally {
      await file.close();
    }
    // Unlike rename, link never replaces a key that somebody else has just made.
    await link(temporary, path).catch((error: unknown) => {
      if (systemCode(error) !== 'EEXIST') throw error;
    });
  } finally {
    key.fill(0);
    await unlink(temporary).catch(() => {});
  }
  const folder = await open(dirname(path), constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** A root key in a file of 32 bytes and mode 0600, made when a new store is first opened. */
export function fileRootKey(path: string): RootKeyProvider {
  const load = async (create: boolean): Promise<Uint8Array> => {
    let file: FileHandle;
    try {
      file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
      if (!create)
        throw new StoreError(
          'root-key',
          `root key ${path} is missing, and the store cannot be opened without it; put the file back from your backup`,
        );
      await make(path);
      return load(false);
    }
    try {
      return await read(file, path);
    } finally {
      await file.close();
    }
  };
  return {
    async load({ create }) {
      try {
        return [{ bytes: await load(create), settle: () => Promise.resolve() }];
      } catch (error) {
        if (error instanceof StoreError) throw error;
        const code = systemCode(error) === 'ENOSPC' ? 'disk-full' : 'root-key';
        throw new StoreError(code, `root key ${path}: ${messageOf(error)}`, { cause: error });
      }
    },
  };
}
