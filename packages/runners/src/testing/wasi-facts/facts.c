/* What the tests of WebAssembly/wasi-testsuite for preview 1 check, written anew. Prints "NAME ok", or the line and the errno that were not expected.
 * Build: python3 -m ziglang cc --target=wasm32-wasi -Os -s facts.c -o facts.wasm (pip install ziglang==0.17.1) */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wasi/api.h>

static int failed, dir;
#define IS(call, want) do { int got = (call); if (!failed && got != (want)) { failed = 1; printf("line %d: %d, not %d; ", __LINE__, got, (want)); } } while (0)
#define OK(call) IS(call, 0)
#define TRUE(what) IS(!(what), 0)
#define ALL ((__wasi_rights_t)0)
#define RIGHT(name) __WASI_RIGHTS_##name

static int open_at(int fd, const char *path, int flags, int fdflags, __wasi_rights_t rights, __wasi_fd_t *out) {
  return __wasi_path_open(fd, 0, path, flags, rights, 0, fdflags, out);
}
static int opens(const char *path, int flags) {
  __wasi_fd_t fd;
  int errno_ = open_at(dir, path, flags, 0, ALL, &fd);
  if (!errno_) OK(__wasi_fd_close(fd));
  return errno_;
}
static void make(const char *path) { OK(opens(path, __WASI_OFLAGS_CREAT)); }
#define MKDIR(path) __wasi_path_create_directory(dir, path)
#define RMDIR(path) __wasi_path_remove_directory(dir, path)
#define UNLINK(path) __wasi_path_unlink_file(dir, path)
#define SYMLINK(to, path) __wasi_path_symlink(to, dir, path)
#define LINK(from, to) __wasi_path_link(dir, 0, from, dir, to)
#define RENAME(from, to) __wasi_path_rename(dir, from, dir, to)

static void dir_fd_op_failures(void) {
  __wasi_fd_t fd; __wasi_size_t n; __wasi_filesize_t at; char bytes[8];
  __wasi_iovec_t in = {(uint8_t *)bytes, 8}; __wasi_ciovec_t out = {(uint8_t *)bytes, 8};
  OK(open_at(dir, ".", __WASI_OFLAGS_DIRECTORY, 0, ALL, &fd));
  IS(__wasi_fd_read(fd, &in, 1, &n), __WASI_ERRNO_ISDIR);
  IS(__wasi_fd_pread(fd, &in, 1, 0, &n), __WASI_ERRNO_BADF);
  IS(__wasi_fd_write(fd, &out, 1, &n), __WASI_ERRNO_BADF);
  IS(__wasi_fd_pwrite(fd, &out, 1, 0, &n), __WASI_ERRNO_BADF);
  IS(__wasi_fd_seek(fd, 0, __WASI_WHENCE_CUR, &at), __WASI_ERRNO_BADF);
  IS(__wasi_fd_seek(fd, 0, __WASI_WHENCE_END, &at), __WASI_ERRNO_BADF);
  IS(__wasi_fd_tell(fd, &at), __WASI_ERRNO_BADF);
  IS(__wasi_fd_allocate(fd, 0, 0), __WASI_ERRNO_BADF);
  IS(__wasi_fd_filestat_set_size(fd, 0), __WASI_ERRNO_INVAL);
  OK(__wasi_fd_close(fd));
}
static void directory_seek(void) {
  __wasi_fd_t fd; __wasi_fdstat_t stat;
  OK(open_at(dir, ".", __WASI_OFLAGS_DIRECTORY, 0, RIGHT(FD_SEEK), &fd));
  OK(__wasi_fd_fdstat_get(fd, &stat));
  TRUE(stat.fs_filetype == __WASI_FILETYPE_DIRECTORY);
  TRUE(!(stat.fs_rights_base & RIGHT(FD_SEEK)));
  OK(__wasi_fd_close(fd));
}
static void file_allocate(void) {
  __wasi_fd_t fd; __wasi_filestat_t stat;
  OK(open_at(dir, "f", __WASI_OFLAGS_CREAT, 0, ALL, &fd));
  OK(__wasi_fd_allocate(fd, 0, 100));
  OK(__wasi_fd_filestat_get(fd, &stat)); TRUE(stat.size == 100);
  OK(__wasi_fd_allocate(fd, 10, 10));
  OK(__wasi_fd_filestat_get(fd, &stat)); TRUE(stat.size == 100);
  OK(__wasi_fd_allocate(fd, 90, 20));
  OK(__wasi_fd_filestat_get(fd, &stat)); TRUE(stat.size == 110);
  OK(__wasi_fd_close(fd)); OK(UNLINK("f"));
}
static void dangling_symlink(void) {
  OK(SYMLINK("target", "s"));
  TRUE(opens("s", __WASI_OFLAGS_DIRECTORY) == __WASI_ERRNO_NOTDIR);
  IS(opens("s", 0), __WASI_ERRNO_LOOP);
  OK(UNLINK("s"));
}
static void interesting_paths(void) {
  OK(MKDIR("d")); OK(MKDIR("d/n")); make("d/n/f");
  /* The suite has EPERM for both that lead out. */
  IS(opens("/d/n/f", 0), __WASI_ERRNO_NOTCAPABLE);
  IS(opens("d/n/../../../x/d/n/f", 0), __WASI_ERRNO_NOTCAPABLE);
  OK(opens("d/.//n/../../d/n/../n///./f", 0));
  IS(opens("d/n/f/", 0), __WASI_ERRNO_NOTDIR);
  IS(opens("d/n/f///", 0), __WASI_ERRNO_NOTDIR);
  OK(opens("d/n/", 0)); OK(opens("d/n///", 0));
  OK(UNLINK("d/n/f")); OK(RMDIR("d/n")); OK(RMDIR("d"));
}
static void path_link(void) {
  __wasi_filestat_t one, two;
  make("f"); OK(LINK("f", "l"));
  OK(__wasi_path_filestat_get(dir, 0, "f", &one)); OK(__wasi_path_filestat_get(dir, 0, "l", &two));
  TRUE(!memcmp(&one, &two, sizeof one)); TRUE(one.nlink == 2);
  IS(LINK("f", "l"), __WASI_ERRNO_EXIST); IS(LINK("f", "f"), __WASI_ERRNO_EXIST);
  OK(UNLINK("l")); OK(MKDIR("d"));
  IS(LINK("f", "d"), __WASI_ERRNO_EXIST); IS(LINK("d", "l"), __WASI_ERRNO_PERM);
  IS(LINK("f", "l/"), __WASI_ERRNO_NOENT); OK(RMDIR("d"));
  OK(SYMLINK("target", "s")); OK(LINK("s", "l")); IS(LINK("f", "s"), __WASI_ERRNO_EXIST);
  IS(__wasi_path_link(dir, 1, "s", dir, "m"), __WASI_ERRNO_NOENT);
  OK(UNLINK("s")); OK(UNLINK("l")); OK(SYMLINK("s", "s")); OK(LINK("s", "l"));
  OK(UNLINK("s")); OK(UNLINK("l")); OK(UNLINK("f"));
}
static void readlinks(void) {
  uint8_t bytes[10] = {0}; __wasi_size_t n;
  OK(SYMLINK("target", "s"));
  OK(__wasi_path_readlink(dir, "s", bytes, 10, &n)); TRUE(n == 6 && !memcmp(bytes, "target\0\0\0", 10));
  OK(__wasi_path_readlink(dir, "s", bytes, 4, &n)); TRUE(n == 4);
  OK(UNLINK("s"));
}
static void path_symlink_trailing_slashes(void) {
  IS(SYMLINK("s", "t/"), __WASI_ERRNO_NOENT); OK(MKDIR("t"));
  IS(SYMLINK("s", "t/"), __WASI_ERRNO_EXIST); IS(SYMLINK("s", "t"), __WASI_ERRNO_EXIST);
  OK(RMDIR("t")); make("t");
  IS(SYMLINK("s", "t/"), __WASI_ERRNO_NOTDIR); IS(SYMLINK("s", "t"), __WASI_ERRNO_EXIST);
  OK(UNLINK("t"));
}
static void isatty_of_streams(void) { for (int fd = 0; fd < 3; fd++) IS(isatty(fd), 0); }
static void open_for_writing(void) {
  OK(MKDIR("d"));
  TRUE(open("/t/d", O_WRONLY) == -1 && errno == EISDIR); TRUE(open("/t/d", O_RDWR) == -1 && errno == EISDIR);
  TRUE(open("/inputs/data", O_WRONLY) == -1 && errno == EROFS); TRUE(open("/inputs/data", O_RDONLY) >= 0);
  TRUE(rmdir("/t/d/.") == -1 && errno == EINVAL); OK(rmdir("/t/d"));
}
static void set_times(void) {
  struct timespec times[2] = {{7, 5}, {9, 3}}; struct stat stat_;
  make("f"); OK(utimensat(AT_FDCWD, "/t/f", times, 0)); OK(stat("/t/f", &stat_));
  TRUE(stat_.st_atim.tv_sec == 7 && stat_.st_atim.tv_nsec == 5 && stat_.st_mtim.tv_sec == 9 && stat_.st_mtim.tv_nsec == 3);
  IS(__wasi_path_filestat_set_times(dir, 0, "f", 1, 1, 3), __WASI_ERRNO_INVAL);
  TRUE(utimensat(AT_FDCWD, "/inputs/data", times, 0) == -1 && errno == EROFS); OK(UNLINK("f"));
}
static void path_rename(void) {
  OK(MKDIR("a")); OK(MKDIR("b")); OK(RENAME("a", "b")); IS(opens("a", 0), __WASI_ERRNO_NOENT);
  make("b/f"); OK(MKDIR("a")); IS(RENAME("a", "b"), __WASI_ERRNO_NOTEMPTY);
  IS(RENAME("b/f", "a"), __WASI_ERRNO_ISDIR); IS(RENAME("a", "b/f"), __WASI_ERRNO_NOTDIR);
  IS(RMDIR("b"), __WASI_ERRNO_NOTEMPTY); IS(UNLINK("b/f/"), __WASI_ERRNO_NOTDIR); IS(RMDIR("b/f"), __WASI_ERRNO_NOTDIR);
  OK(UNLINK("b/f")); OK(RMDIR("a/")); OK(RMDIR("b"));
}
static void truncation(void) {
  __wasi_fd_t fd; __wasi_size_t n; __wasi_filestat_t stat; __wasi_ciovec_t out = {(const uint8_t *)"abcdef", 6};
  OK(open_at(dir, "f", __WASI_OFLAGS_CREAT, 0, ALL, &fd)); OK(__wasi_fd_write(fd, &out, 1, &n)); OK(__wasi_fd_close(fd));
  OK(opens("f", __WASI_OFLAGS_TRUNC)); OK(__wasi_path_filestat_get(dir, 0, "f", &stat)); TRUE(stat.size == 0);
  IS(opens("f", __WASI_OFLAGS_CREAT | __WASI_OFLAGS_EXCL), __WASI_ERRNO_EXIST); IS(opens("f", __WASI_OFLAGS_DIRECTORY), __WASI_ERRNO_NOTDIR);
  OK(UNLINK("f"));
}

static void run(const char *name, void (*test)(void)) { failed = 0; test(); printf("%s %s\n", name, failed ? "FAILED" : "ok"); }
#define RUN(name) run(#name, name)

int main(void) {
  if (mkdir("/t", 0777) || (dir = open("/t", O_RDONLY | O_DIRECTORY)) < 0) return 1;
  RUN(dir_fd_op_failures); RUN(directory_seek); RUN(file_allocate); RUN(dangling_symlink); RUN(interesting_paths); RUN(path_link); RUN(readlinks);
  RUN(path_symlink_trailing_slashes); RUN(isatty_of_streams); RUN(open_for_writing); RUN(set_times); RUN(path_rename); RUN(truncation);
  return 0;
}
