/**
 * The root key of a store, sealed in files: the form that `@gaiwan/store` asks for, without knowing of it.
 *
 *     root.sealed           the key that holds
 *     root.sealed.next      the same in a handover: sealed for the release that is to be installed next
 *     root.sealed.HEX       a key of a rotation, or of a first start, from before the store is wrapped under it until it is `root.sealed`
 *
 * None is removed before the store was opened with another, for only the store knows which it is wrapped under. Only the process that
 * has the store open writes and removes the first and the last; any other may hand a key over meanwhile.
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

const ROOT_KEY_BYTES = 32;

/** As `RootKeyCandidate` of `@gaiwan/store`. */
export interface RootKey {
  readonly bytes: Uint8Array;
  /** Makes it the only one, once the store was opened with it. */
  readonly settle: () => Promise<void>;
}

/** A root key in files, in the form that `@gaiwan/store` asks for. */
export interface SealedRootKey {
  /**
   * Every key that this program can unseal, likeliest first. `create`: the store is new, so one may be made.
   *
   * @throws {SealingError} where there is none, with what is wrong with `root.sealed`; `store-gone` where a store is to be made, and there is
   * the key of one already
   */
  load(options: { readonly create: boolean }): Promise<readonly RootKey[]>;
  /**
   * Makes another, in a file of its own, durably.
   *
   * @throws {SealingError} `handover-pending` while the next release has not taken over the key: that key would be an old one
   */
  another(): Promise<RootKey>;
  /**
   * Hands the key over: seals it by another sealer as well, e.g. for the release that is about to be installed, or for another machine.
   * A store may be open meanwhile. The first store that is opened with it by that other sealer makes it the only one; until then both
   * open. Durable when it resolves.
   *
   * @throws {SealingError} `rotating` where nobody can tell which key holds
   */
  reseal(other: Sealer): Promise<void>;
}

/**
 * The root key that a machine keeps for a store.
 *
 * @param path of `root.sealed`, in a folder that exists
 * @example
 * ```ts
 * const rootKey = sealedRootKey(join(data, 'root.sealed'), machine.sealer);
 * const store = await openEmbeddedStore({ folder, rootKey });
 * ```
 */
export function sealedRootKey(path: string, sealer: Sealer): SealedRootKey {
  return new RootKeyFiles(path, sealer);
}

/** A file, and the key in it. */
interface OpenedKey {
  readonly file: KeyFile;
  readonly key: Uint8Array;
}

class RootKeyFiles implements SealedRootKey {
  readonly #path: string;
  /** Of a handover. */
  readonly #next: string;
  readonly #sealer: Sealer;

  constructor(path: string, sealer: Sealer) {
    this.#path = path;
    this.#next = `${path}.next`;
    this.#sealer = sealer;
  }

  async load({ create }: { readonly create: boolean }): Promise<readonly RootKey[]> {
    const holds = await readKeyFile(this.#path);
    if (create) this.#requireNoStore(holds);
    const candidates = await this.#findCandidates(holds);
    if (candidates.length > 0) return candidates;
    // Rejects, with what is wrong with it.
    if (holds) return [{ bytes: await this.#unseal(holds), settle: () => Promise.resolve() }];
    if (create) {
      const { key, file } = await this.#sealNew(rotationPath(this.#path));
      return [{ bytes: key, settle: () => this.#settle(file, [file]) }];
    }
    throw new SealingError(
      'no-sealed-key',
      `The sealed key ${this.#path} is missing, and the store cannot be opened without it: put the file back from the backup that the store is from.`,
    );
  }

  async another(): Promise<RootKey> {
    await this.#requireNoHandover();
    const before = await rotationFiles(this.#path);
    const { key, file } = await this.#sealNew(rotationPath(this.#path));
    try {
      // A handover looks for a rotation after writing, and a rotation the other way round: one of both sees the other.
      await this.#requireNoHandover();
    } catch (error) {
      key.fill(0);
      await removeUnchanged([file]);
      throw error;
    }
    return { bytes: key, settle: () => this.#settle(file, [...before, file]) };
  }

  async reseal(other: Sealer): Promise<void> {
    const holds = await readKeyFile(this.#path);
    if (!holds) throw new SealingError('no-sealed-key', `There is no sealed key ${this.#path}.`);
    await this.#requireNoRotation();
    const key = await this.#unseal(holds);
    let blob: Uint8Array;
    try {
      blob = await other.seal(key);
    } finally {
      key.fill(0);
    }
    await writeWhole(this.#next, blob);
    try {
      await this.#requireNoRotation();
      const now = await readKeyFile(this.#path);
      if (!now || Buffer.compare(now.blob, holds.blob) !== 0) throw this.#rotationError();
    } catch (error) {
      await removeUnchanged([{ path: this.#next, blob }]);
      throw error;
    }
  }

  /** A key gets its name when a store was wrapped under it: whoever finds the name, and no store, has lost one. */
  #requireNoStore(holds: KeyFile | undefined): void {
    if (holds === undefined) return;
    throw new SealingError(
      'store-gone',
      `The sealed key ${this.#path} is of a store that is not there any more: it was moved away, deleted or emptied. Put it back, or restore a backup.`,
    );
  }

  /** What there is, each file with its key if it is for this program. */
  async #findCandidates(holds: KeyFile | undefined): Promise<readonly RootKey[]> {
    const found: OpenedKey[] = [];
    const rotations = await rotationFiles(this.#path);
    try {
      for (const file of [...(holds ? [holds] : []), ...rotations]) {
        const key = await this.#unsealIfOurs(file);
        if (key) found.push({ file, key });
      }
      const handover = await this.#openHandover();
      if (handover) found.push(handover);
      const others = [...rotations, ...(handover ? [handover.file] : [])];
      return found.map(({ file, key }) => ({ bytes: key, settle: () => this.#settle(file, others) }));
    } catch (error) {
      for (const { key } of found) key.fill(0);
      throw error;
    }
  }

  /**
   * Another process wrote it, for whomever: it must not stand in the way of a key that holds. So even a file that cannot be read, or
   * a sealer that fails on it (`failed`), leaves the handover out; an error that is not about sealing propagates.
   */
  async #openHandover(): Promise<OpenedKey | undefined> {
    try {
      const file = await readKeyFile(this.#next);
      return file && { file, key: await this.#unseal(file) };
    } catch (error) {
      if (error instanceof SealingError) return undefined;
      throw error;
    }
  }

  async #unseal({ path, blob }: KeyFile): Promise<Uint8Array> {
    const key = await this.#sealer.unseal(blob);
    if (key.length === ROOT_KEY_BYTES) return key;
    key.fill(0);
    throw new SealingError('not-unsealable', `${path} holds another secret than a root key.`);
  }

  /** Undefined where it is not for this program. Rejects where that could not be found out. */
  async #unsealIfOurs(file: KeyFile): Promise<Uint8Array | undefined> {
    try {
      return await this.#unseal(file);
    } catch (error) {
      if (error instanceof SealingError && error.code !== 'failed') return undefined;
      throw error;
    }
  }

  /** Sealed and opened once before anything rests on it: a key that does not come back would lose the store. */
  async #sealNew(path: string): Promise<OpenedKey> {
    const key = crypto.getRandomValues(new Uint8Array(ROOT_KEY_BYTES));
    try {
      const file = { path, blob: await this.#sealer.seal(key) };
      (await this.#unseal(file)).fill(0);
      await writeWhole(path, file.blob);
      return { key, file };
    } catch (error) {
      key.fill(0);
      throw error;
    }
  }

  async #settle(file: KeyFile, others: readonly KeyFile[]): Promise<void> {
    if (file.path !== this.#path) await writeWhole(this.#path, file.blob);
    await removeUnchanged(others);
  }

  async #requireNoHandover(): Promise<void> {
    if (await readKeyFile(this.#next))
      throw new SealingError(
        'handover-pending',
        `The handover of the key is pending (${this.#next}), and another key would leave that one behind: start the release that the key was sealed for, or remove that file and hand the key over again later.`,
      );
  }

  async #requireNoRotation(): Promise<void> {
    for (const file of await rotationFiles(this.#path)) {
      const key = await this.#unsealIfOurs(file);
      key?.fill(0);
      if (key) throw this.#rotationError();
    }
  }

  #rotationError(): SealingError {
    return new SealingError(
      'rotating',
      `A rotation of ${this.#path} is under way or was interrupted: start the platform once, then hand the key over.`,
    );
  }
}
