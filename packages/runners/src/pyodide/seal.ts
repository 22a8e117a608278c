/**
 * The wall between Python and JavaScript: Pyodide's WebAssembly module reaches the world through imported functions alone,
 * and once it is sealed only those of this list still do anything. So whatever a function finds in the interpreter (`js`,
 * `pyodide_js`, ctypes, `os.system`, a shared library of its own), there is no JavaScript object behind it.
 */

/** Memory, clocks, randomness, the virtual file system (whose files are in this process), dynamic linking, ending. */
const ALLOWED: ReadonlySet<string> = new Set(
  `__assert_fail __call_sighandler _abort_js exit proc_exit fail_test
  _Py_CheckEmscriptenSignals_Helper _PyEM_TrampolineCall_JS
  emscripten_resize_heap emscripten_get_heap_max _mmap_js _munmap_js _msync_js
  emscripten_date_now emscripten_get_now clock_res_get clock_time_get _setitimer_js
  _tzset_js _timegm_js _mktime_js _localtime_js _gmtime_js random_get
  environ_get environ_sizes_get _emscripten_get_progname
  emscripten_runtime_keepalive_push emscripten_runtime_keepalive_pop _emscripten_runtime_keepalive_clear
  _dlopen_js _dlsym_js
  fd_close fd_read fd_write fd_sync fd_fdstat_get fd_seek fd_pread fd_pwrite
  __syscall_getuid32_js __syscall_umask_js __syscall_ioctl __syscall_fcntl64 __syscall_openat __syscall_faccessat
  __syscall_chdir __syscall_chmod __syscall_fchownat __syscall_dup __syscall_dup3 __syscall_fchdir __syscall_fchmod
  __syscall_fchmodat2 __syscall_fchown32 __syscall_fdatasync __syscall_fstat64 __syscall_stat64 __syscall_newfstatat
  __syscall_lstat64 __syscall_ftruncate64 __syscall_getcwd __syscall_getdents64 __syscall_mkdirat __syscall_mknodat
  __syscall_pipe __syscall_poll __syscall_fadvise64 __syscall_fallocate __syscall_readlinkat __syscall_unlinkat
  __syscall_rmdir __syscall_renameat __syscall_statfs64 __syscall_fstatfs64 __syscall_symlinkat __syscall_truncate64
  __syscall_utimensat _try_fcntl64 _maybe_poll_async`.split(/\s+/),
);

/** Asked by Python's standard library on the way to something else; the answer "no" is right. */
const QUIET: ReadonlySet<string> = new Set(['can_run_sync_js']);

/** WASI's ENOSYS, negative, as system calls fail; EAI_FAIL of getaddrinfo and its kind. */
const NOT_SUPPORTED = -52;
const NO_NAMES = -4;

/** What a sealed function answers, so that Python raises an exception of its own rather than be confused. */
function refusal(name: string): number | undefined {
  if (name.startsWith('__syscall_')) return NOT_SUPPORTED;
  if (name === 'getaddrinfo' || name === 'getnameinfo') return NO_NAMES;
  return name === '_emscripten_system' ? -1 : undefined;
}

type Import = (...args: unknown[]) => unknown;

const isImport = (value: unknown): value is Import => typeof value === 'function';

/** Guards imported functions until, and from the moment that, it is closed. */
export class Seal {
  #sealed = false;
  #limit = Number.POSITIVE_INFINITY;
  readonly #refused: (name: string) => void;

  /** `refused` is called once for each function that was called in vain. */
  constructor(refused: (name: string) => void) {
    const reported = new Set<string>();
    this.#refused = (name) => {
      if (reported.has(name)) return;
      reported.add(name);
      refused(name);
    };
  }

  get sealed(): boolean {
    return this.#sealed;
  }

  /** For ever. `bytes`: how large the interpreter's memory may grow. */
  close(bytes: number): void {
    if (this.#sealed) return;
    this.#sealed = true;
    this.#limit = bytes;
  }

  /** Replaces imported functions in place: later dynamic linking takes them from the same object. */
  guard(imports: Record<string, unknown>, end: (code: number) => never): void {
    for (const [name, original] of Object.entries(imports)) {
      if (isImport(original) && !ALLOWED.has(name)) imports[name] = this.#guardImport(name, original);
    }
    for (const name of ['proc_exit', 'exit']) {
      imports[name] = withSignature((code) => end(Number(code)), required(imports, name));
    }
    const resize = required(imports, 'emscripten_resize_heap');
    imports['emscripten_resize_heap'] = withSignature(
      (size) => (Number(size) >>> 0 > this.#limit ? 0 : resize(size)),
      resize,
    );
  }

  #guardImport(name: string, original: Import): Import {
    return withSignature((...args) => {
      if (!this.#sealed) return original(...args);
      if (!QUIET.has(name)) this.#refused(name);
      return refusal(name);
    }, original);
  }
}

/** With Emscripten's note of the function's WebAssembly signature (`sig`), which dynamic linking needs. */
function withSignature(replacement: Import, original: Import): Import {
  return Object.assign(replacement, original);
}

function required(imports: Record<string, unknown>, name: string): Import {
  const found = imports[name];
  if (!isImport(found)) throw new Error(`Pyodide did not start as expected: it imports no ${name}.`);
  return found;
}
