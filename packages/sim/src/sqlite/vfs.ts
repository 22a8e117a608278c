/**
 * SQLite's own code, the version that Node has, in WebAssembly, over a simulated file system: what `os_unix.c` does for SQLite, this does.
 */
import { dirname } from 'node:path';
import init, {
  type Sqlite3Result,
  type Sqlite3Static,
  type sqlite3_vfs,
  type WasmPointer,
} from '@sqlite.org/sqlite-wasm';
import { Stopped, SystemError } from '../files/errors.ts';
import type { FileSystem, OpenFile } from '../files/file-system.ts';
import type { Loop } from '../physics/loop.ts';
import type { Random } from '../physics/random.ts';

/** What SQLite runs on now: it is one for the whole process. */
export interface Machine {
  readonly files: FileSystem;
  readonly loop: Loop;
  readonly random: Random;
}

interface Opened {
  readonly file: OpenFile;
  /** A new journal's name is synced with the journal, once. */
  syncsFolder: boolean;
}

/** Julian day of the Unix epoch, in milliseconds. */
const UNIX_EPOCH = 210_866_760_000_000;
const DAY = 86_400_000;
const SECTOR = 4096;

export class Vfs {
  readonly #api: Sqlite3Static;
  #machine: Machine | undefined;
  readonly #open = new Map<WasmPointer, Opened>();

  private constructor(api: Sqlite3Static) {
    this.#api = api;
    this.#install();
  }

  /** Before anything of Node is replaced: SQLite is read from a file. */
  static async load(): Promise<Vfs> {
    const api = await init();
    // Errors are thrown; it would print them, too.
    api.config.error = () => undefined;
    api.config.warn = () => undefined;
    return new Vfs(api);
  }

  get api(): Sqlite3Static {
    return this.#api;
  }

  /** From now on files are opened on this machine, and what SQLite draws by lot begins anew. */
  use(machine: Machine): void {
    this.#machine = machine;
    this.#open.clear();
    this.#api.capi.sqlite3_randomness(0, 0);
  }

  get #now(): Machine {
    if (this.#machine) return this.#machine;
    throw new TypeError('SQLite has no machine');
  }

  #of(pointer: WasmPointer): OpenFile {
    const opened = this.#open.get(pointer);
    if (opened) return opened.file;
    // Of a machine that was switched off.
    throw new Stopped('closed');
  }

  /** SQLite's code of what a call came to. */
  #try(failed: Sqlite3Result, act: () => Sqlite3Result | undefined): Sqlite3Result {
    const { capi } = this.#api;
    try {
      return act() ?? capi.SQLITE_OK;
    } catch (error) {
      if (error instanceof SystemError && error.code === 'ENOSPC') return capi.SQLITE_FULL;
      if (error instanceof SystemError || error instanceof Stopped) return failed;
      throw error;
    }
  }

  #install(): void {
    const { capi, vfs } = this.#api;
    const io = new capi.sqlite3_io_methods();
    // Its types lack it.
    Reflect.set(io, '$iVersion', 1);
    const own = new capi.sqlite3_vfs();
    own.$iVersion = 2;
    own.$szOsFile = new capi.sqlite3_file().structInfo.sizeof;
    own.$mxPathname = 1024;
    const names = this.#nameMethods(io.pointer);
    vfs.installVfs({
      io: { struct: io, methods: this.#fileMethods() },
      vfs: { struct: own, name: 'simulated', asDefault: true, methods: { ...names, ...this.#lotMethods() } },
    });
  }

  #fileMethods() {
    const { capi, wasm } = this.#api;
    const bytes = (at: WasmPointer, length: number) => wasm.heap8u().subarray(at, at + length);
    return {
      xClose: (file: WasmPointer) => {
        this.#open.delete(file);
        return capi.SQLITE_OK;
      },
      xRead: (file: WasmPointer, into: WasmPointer, length: number, at: number) =>
        this.#try(capi.SQLITE_IOERR_READ, () => {
          const target = bytes(into, length);
          const read = this.#of(file).read(target, Number(at));
          if (read === length) return undefined;
          target.fill(0, read);
          return capi.SQLITE_IOERR_SHORT_READ;
        }),
      xWrite: (file: WasmPointer, from: WasmPointer, length: number, at: number) =>
        this.#try(capi.SQLITE_IOERR_WRITE, () => {
          this.#of(file).write(bytes(from, length), Number(at));
          return undefined;
        }),
      xTruncate: (file: WasmPointer, size: number) =>
        this.#try(capi.SQLITE_IOERR_TRUNCATE, () => {
          this.#of(file).truncate(Number(size));
          return undefined;
        }),
      xSync: (file: WasmPointer) => this.#try(capi.SQLITE_IOERR_FSYNC, () => this.#sync(file)),
      xFileSize: (file: WasmPointer, out: WasmPointer) =>
        this.#try(capi.SQLITE_IOERR_FSTAT, () => {
          wasm.poke64(out, BigInt(this.#of(file).inode.size));
          return undefined;
        }),
      // One process at a time opens a file: the history sees to that.
      xLock: () => capi.SQLITE_OK,
      xUnlock: () => capi.SQLITE_OK,
      xCheckReservedLock: (_: WasmPointer, out: WasmPointer) => {
        wasm.poke32(out, 0);
        return capi.SQLITE_OK;
      },
      xFileControl: () => capi.SQLITE_NOTFOUND,
      xSectorSize: () => SECTOR as Sqlite3Result,
      xDeviceCharacteristics: () => capi.SQLITE_IOCAP_POWERSAFE_OVERWRITE as Sqlite3Result,
    };
  }

  /** As `os_unix.c`: whether the folder's sync fails is not asked. */
  #sync(pointer: WasmPointer): undefined {
    const file = this.#of(pointer);
    file.sync();
    const opened = this.#open.get(pointer);
    if (!opened?.syncsFolder) return;
    opened.syncsFolder = false;
    try {
      this.#now.files.syncFolder(dirname(file.path));
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
    }
  }

  #nameMethods(io: WasmPointer) {
    const { capi, wasm } = this.#api;
    const nameAt = (at: WasmPointer) => wasm.cstrToJs(at) ?? '';
    return {
      xOpen: (...[, at, pointer, flags, out]: Parameters<sqlite3_vfs['xOpen']>) =>
        this.#try(capi.SQLITE_CANTOPEN, () => {
          const create = (flags & capi.SQLITE_OPEN_CREATE) !== 0;
          const isJournal = (flags & (capi.SQLITE_OPEN_MAIN_JOURNAL | capi.SQLITE_OPEN_WAL)) !== 0;
          const file = this.#now.files.open(nameAt(at), { create });
          this.#open.set(pointer, { file, syncsFolder: create && isJournal });
          const opened = new capi.sqlite3_file(pointer);
          opened.$pMethods = io;
          opened.dispose();
          if (out) wasm.poke32(out, flags);
          return undefined;
        }),
      xDelete: (_: WasmPointer, at: WasmPointer, syncsFolder: number) =>
        this.#try(capi.SQLITE_IOERR_DELETE, () => this.#delete(nameAt(at), syncsFolder !== 0)),
      xAccess: (_: WasmPointer, at: WasmPointer, __: number, out: WasmPointer) =>
        this.#try(capi.SQLITE_IOERR_ACCESS, () => {
          wasm.poke32(out, this.#now.files.find('access', nameAt(at)) ? 1 : 0);
          return undefined;
        }),
      xFullPathname: (_: WasmPointer, at: WasmPointer, length: number, out: WasmPointer) =>
        wasm.cstrncpy(out, at, length) < length ? capi.SQLITE_OK : capi.SQLITE_CANTOPEN,
    };
  }

  #delete(path: string, syncsFolder: boolean): Sqlite3Result | undefined {
    const { capi } = this.#api;
    const { files } = this.#now;
    if (!files.find('access', path)) return capi.SQLITE_IOERR_DELETE_NOENT;
    files.unlink(path);
    if (!syncsFolder) return undefined;
    return this.#try(capi.SQLITE_IOERR_DIR_FSYNC, () => {
      files.syncFolder(dirname(path));
      return undefined;
    });
  }

  #lotMethods() {
    const { capi, wasm } = this.#api;
    return {
      xRandomness: (_: WasmPointer, length: number, out: WasmPointer) => {
        this.#now.random.fill(wasm.heap8u().subarray(out, out + length));
        return length as Sqlite3Result;
      },
      xSleep: (_: WasmPointer, microseconds: number) => {
        this.#now.loop.spend(microseconds / 1000);
        return capi.SQLITE_OK;
      },
      xCurrentTime: (_: WasmPointer, out: WasmPointer) => {
        wasm.poke64f(out, (UNIX_EPOCH + this.#now.loop.wall) / DAY);
        return capi.SQLITE_OK;
      },
      xCurrentTimeInt64: (_: WasmPointer, out: WasmPointer) => {
        wasm.poke64(out, BigInt(UNIX_EPOCH + this.#now.loop.wall));
        return capi.SQLITE_OK;
      },
    };
  }
}
