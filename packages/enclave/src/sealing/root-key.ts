/**
 * The root key of a store, sealed in files: the form that `@gaiwan/store` asks for, without knowing of it.
 *
 *     root.sealed           the key that holds
 *     root.sealed.next      the same, handed on: sealed for the release that is to be installed next
 *     root.sealed.HEX       a key of a rotation, from before the store is wrapped under it until it is `root.sealed`
 *
 * None is removed before the store was opened with another, for only the store knows which it is wrapped under. Only the process that
 * has the store open writes and removes the first and the last; any other may hand a key on meanwhile.
 */
import {
  type KeyFile,
  readKeyFile,
  removeUnchanged,
  rotationFiles,
  rotationPath,
  writeWhole,
} from './key-files.ts';
import { type Sealer, SealingError } from './sealer.ts';

export const ROOT_KEY_BYTES = 32;

/** As `RootKeyCandidate` of `@gaiwan/store`. */
export interface RootKey {
  readonly bytes: Uint8Array;
  readonly settle: () => Promise<void>;
}

export interface SealedRootKey {
  /**
   * Every key that this program can unseal, likeliest first. `create`: the store is new, so one may be made. Rejects with
   * `SealingError`: where there is none, with what is wrong with `root.sealed`.
   */
  load(options: { readonly create: boolean }): Promise<readonly RootKey[]>;
  /**
   * Makes another, in a file of its own, durably. Rejects with `handed-on` while a key that was handed on has not been taken over:
   * it would be an old one.
   */
  another(): Promise<RootKey>;
  /**
   * Seals the key by another sealer as well, e.g. for the release that is about to be installed, or for another machine: a store may
   * be open meanwhile. The first store that is opened with it by that other sealer makes it the only one; until then both open.
   * Durable when it resolves. Rejects with `rotating` where nobody can tell which key holds.
   */
  reseal(other: Sealer): Promise<void>;
}

/** `path`: of `root.sealed`. Its folder must be there. */
export function sealedRootKey(path: string, sealer: Sealer): SealedRootKey {
  const next = `${path}.next`;
  const unsealed = async ({ path: from, blob }: KeyFile): Promise<Uint8Array> => {
    const key = await sealer.unseal(blob);
    if (key.length === ROOT_KEY_BYTES) return key;
    key.fill(0);
    throw new SealingError('not-unsealable', `${from} holds another secret than a root key.`);
  };
  /** Undefined where it is not for this program. Rejects where that could not be found out. */
  const unsealedIfOurs = async (file: KeyFile): Promise<Uint8Array | undefined> => {
    try {
      return await unsealed(file);
    } catch (error) {
      if (error instanceof SealingError && error.code !== 'failed') return undefined;
      throw error;
    }
  };
  /** Sealed and opened once before anything rests on it: a key that does not come back would lose the store. */
  const sealNew = async (to: string): Promise<{ readonly key: Uint8Array; readonly file: KeyFile }> => {
    const key = crypto.getRandomValues(new Uint8Array(ROOT_KEY_BYTES));
    try {
      const file = { path: to, blob: await sealer.seal(key) };
      (await unsealed(file)).fill(0);
      await writeWhole(to, file.blob);
      return { key, file };
    } catch (error) {
      key.fill(0);
      throw error;
    }
  };
  const requireNothingHandedOn = async (): Promise<void> => {
    if (await readKeyFile(next))
      throw new SealingError(
        'handed-on',
        `The key was handed on and not taken over yet (${next}), and another key would leave that one behind: start the release that it was handed on to, or remove that file and hand the key on again later.`,
      );
  };
  const requireNoRotation = async (): Promise<void> => {
    for (const file of await rotationFiles(path)) {
      const key = await unsealedIfOurs(file);
      key?.fill(0);
      if (key) throw rotating(path);
    }
  };
  const settleAs = async (file: KeyFile, others: readonly KeyFile[]): Promise<void> => {
    if (file.path !== path) await writeWhole(path, file.blob);
    await removeUnchanged(others);
  };
  /** What there is, each file with its key if it is for this program. */
  const candidates = async (holds: KeyFile | undefined): Promise<readonly RootKey[]> => {
    const found: { readonly file: KeyFile; readonly key: Uint8Array }[] = [];
    const rotations = await rotationFiles(path);
    try {
      for (const file of [...(holds ? [holds] : []), ...rotations]) {
        const key = await unsealedIfOurs(file);
        if (key) found.push({ file, key });
      }
    } catch (error) {
      for (const { key } of found) key.fill(0);
      throw error;
    }
    const handed = await handedToUs();
    if (handed) found.push(handed);
    const others = [...rotations, ...(handed ? [handed.file] : [])];
    return found.map(({ file, key }) => ({ bytes: key, settle: () => settleAs(file, others) }));
  };
  /** Another process wrote it, for whomever: it must not stand in the way of a key that holds. */
  const handedToUs = async () => {
    const file = await readKeyFile(next).catch(() => undefined);
    const key = file && (await unsealed(file).catch(() => undefined));
    return file && key && { file, key };
  };
  return {
    async load({ create }) {
      const holds = await readKeyFile(path);
      const found = await candidates(holds);
      if (found.length > 0) return found;
      // Rejects, with what is wrong with it.
      if (holds) return [{ bytes: await unsealed(holds), settle: () => Promise.resolve() }];
      if (create) return [{ bytes: (await sealNew(path)).key, settle: () => Promise.resolve() }];
      throw new SealingError(
        'no-sealed-key',
        `The sealed key ${path} is missing, and the store cannot be opened without it: put the file back from the backup that the store is from.`,
      );
    },
    async another() {
      await requireNothingHandedOn();
      const before = await rotationFiles(path);
      const { key, file } = await sealNew(rotationPath(path));
      try {
        // Whoever hands a key on looks for a rotation after writing, and we the other way round: one of both sees the other.
        await requireNothingHandedOn();
      } catch (error) {
        key.fill(0);
        await removeUnchanged([file]);
        throw error;
      }
      return { bytes: key, settle: () => settleAs(file, [...before, file]) };
    },
    async reseal(other) {
      const holds = await readKeyFile(path);
      if (!holds) throw new SealingError('no-sealed-key', `There is no sealed key ${path}.`);
      await requireNoRotation();
      const key = await unsealed(holds);
      let blob: Uint8Array;
      try {
        blob = await other.seal(key);
      } finally {
        key.fill(0);
      }
      await writeWhole(next, blob);
      try {
        await requireNoRotation();
        const now = await readKeyFile(path);
        if (!now || Buffer.compare(now.blob, holds.blob) !== 0) throw rotating(path);
      } catch (error) {
        await removeUnchanged([{ path: next, blob }]);
        throw error;
      }
    },
  };
}

const rotating = (path: string) =>
  new SealingError(
    'rotating',
    `A rotation of ${path} is under way or was interrupted: start the platform once, then hand the key on.`,
  );
