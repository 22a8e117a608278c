/**
 * configfs-tsm as the kernel (6.12, drivers/virt/coco/tsm.c) was seen to behave, as a state of folders and files. Doubles put it
 * behind `InterfaceFiles` or behind a mounted file system; attester/tsm.test.ts has the list of what it must do.
 */

export interface TsmFaults {
  provider?: string | undefined;
  /** Answers of `outblob` that are an error first. */
  busy?: readonly string[];
  /** The kernel throws a refused inblob away when the file is closed, and says nothing. */
  dropInblob?: boolean;
  /** Somebody else has written their report data into our folder before we do. */
  writtenBefore?: boolean;
  /** Somebody else writes between our reads. */
  otherWriter?: boolean;
  /** Another's report data. */
  swap?: boolean;
  noRoot?: boolean;
  auxblob?: Uint8Array;
}

export type Mode = 'read' | 'write';

interface Item {
  inblob?: Uint8Array;
  /** Of the last inblob: asking again gives the same bytes. */
  outblob?: Uint8Array | undefined;
  generation: number;
}

/** A file that is open. */
export interface Handle {
  readonly item: Item;
  readonly file: string;
  readonly mode: Mode;
  /** Of binary files: counts when the file is closed. */
  readonly written: Uint8Array[];
}

const LONGEST_INBLOB = 64;
const modes: Readonly<Record<string, Mode>> = {
  provider: 'read',
  generation: 'read',
  privlevel: 'write',
  inblob: 'write',
  outblob: 'read',
  auxblob: 'read',
};

export const fail = (code: string): never => {
  throw Object.assign(new Error(code), { code });
};

/** Every method throws an error with the kernel's code. */
export class TsmModel {
  readonly items = new Map<string, Item>();
  readonly #provider: string;
  readonly #make: (inblob: Uint8Array) => Promise<Uint8Array>;
  faults: TsmFaults = {};

  /** `make`: the provider, from report data to evidence. */
  constructor(provider: string, make: (inblob: Uint8Array) => Promise<Uint8Array>) {
    this.#provider = provider;
    this.#make = make;
  }

  mkdir(folder: string): void {
    if (this.faults.noRoot) fail('EACCES');
    if (this.faults.provider === '') fail('ENXIO');
    if (this.items.has(folder)) fail('EEXIST');
    const other = this.faults.writtenBefore;
    this.items.set(
      folder,
      other ? { generation: 1, inblob: new Uint8Array(LONGEST_INBLOB).fill(8) } : { generation: 0 },
    );
  }

  /** With everything in it. */
  rmdir(folder: string): void {
    if (!this.items.delete(folder)) fail('ENOENT');
  }

  rename(): void {
    fail('EPERM');
  }

  create(): void {
    fail('EACCES');
  }

  /** Mode of a file; undefined where there is none. */
  modeOf(folder: string, file: string): Mode | undefined {
    return this.items.has(folder) ? modes[file] : undefined;
  }

  open(folder: string, file: string, mode: Mode): Handle {
    const item = this.items.get(folder) ?? fail('ENOENT');
    const allowed = modes[file] ?? fail('ENOENT');
    // Also for root: configfs looks at the mode itself.
    if (allowed !== mode) fail('EACCES');
    return { item, file, mode, written: [] };
  }

  write({ item, file, written }: Handle, bytes: Uint8Array): void {
    if (file === 'privlevel') {
      if (!/^[0-3]\n?$/.test(Buffer.from(bytes).toString())) fail('EINVAL');
      item.generation++;
      return;
    }
    const before = written.reduce((sum, part) => sum + part.length, 0);
    if (before + bytes.length > LONGEST_INBLOB) fail('EFBIG');
    written.push(bytes.slice());
  }

  close({ item, written }: Handle): void {
    if (written.length === 0 || this.faults.dropInblob) return;
    item.inblob = new Uint8Array(Buffer.concat(written));
    item.outblob = undefined;
    item.generation++;
  }

  /** The whole content. */
  async read({ item, file }: Handle): Promise<Uint8Array> {
    switch (file) {
      case 'provider':
        return Buffer.from(`${this.faults.provider ?? this.#provider}\n`);
      case 'generation':
        return Buffer.from(`${item.generation}\n`);
      case 'auxblob':
        return this.faults.auxblob ?? new Uint8Array();
      default:
        return this.#outblob(item);
    }
  }

  async #outblob(item: Item): Promise<Uint8Array> {
    if (item.inblob === undefined) return fail('EINVAL');
    const [error, ...later] = this.faults.busy ?? [];
    if (error !== undefined) {
      this.faults.busy = later;
      fail(error);
    }
    if (this.faults.otherWriter) item.generation++;
    item.outblob ??= await this.#make(
      this.faults.swap ? new Uint8Array(LONGEST_INBLOB).fill(9) : item.inblob,
    );
    return item.outblob;
  }
}
