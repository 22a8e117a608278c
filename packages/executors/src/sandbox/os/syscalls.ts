/**
 * Linux's system calls by name: their numbers on x86_64 and on aarch64 ("-": it has no such call), as in the kernel's
 * arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h. Numbers are never given twice.
 */
export type Arch = 'x64' | 'arm64';

/** What runtimes of languages need: memory, threads, time, files that are there, descriptors that are open. */
const ALLOWED = `
  read 0 63, write 1 64, open 2 -, close 3 57, stat 4 -, fstat 5 80, lstat 6 -, poll 7 -, lseek 8 62,
  mmap 9 222, mprotect 10 226, munmap 11 215, brk 12 214, rt_sigaction 13 134, rt_sigprocmask 14 135,
  rt_sigreturn 15 139, pread64 17 67, pwrite64 18 68, readv 19 65, writev 20 66, preadv 295 69,
  pwritev 296 70, preadv2 327 286, pwritev2 328 287, access 21 -, pipe 22 -, pipe2 293 59, select 23 -,
  pselect6 270 72, ppoll 271 73, sched_yield 24 124, mremap 25 216, msync 26 227, mincore 27 232,
  madvise 28 233, dup 32 23, dup2 33 -, dup3 292 24, pause 34 -, nanosleep 35 101, getitimer 36 102,
  setitimer 38 103, alarm 37 -, getpid 39 172, gettid 186 178, getppid 110 173, exit 60 93,
  exit_group 231 94, wait4 61 260, waitid 247 95, kill 62 129, tkill 200 130, tgkill 234 131,
  rt_sigqueueinfo 129 138, rt_sigtimedwait 128 137, rt_sigpending 127 136, rt_sigsuspend 130 133,
  uname 63 160, fcntl 72 25, flock 73 32, fsync 74 82, fdatasync 75 83, truncate 76 45, ftruncate 77 46,
  fallocate 285 47, getdents 78 -, getdents64 217 61, getcwd 79 17, chdir 80 49, fchdir 81 50,
  rename 82 -, renameat 264 38, renameat2 316 276, mkdir 83 -, mkdirat 258 34, rmdir 84 -, creat 85 -,
  link 86 -, linkat 265 37, unlink 87 -, unlinkat 263 35, symlink 88 -, symlinkat 266 36, readlink 89 -,
  readlinkat 267 78, chmod 90 -, fchmod 91 52, fchmodat 268 53, umask 95 166, gettimeofday 96 169,
  time 201 -, times 100 153, getrlimit 97 163, getrusage 98 165, sysinfo 99 179, getuid 102 174,
  getgid 104 176, geteuid 107 175, getegid 108 177, getgroups 115 158, getresuid 118 148,
  getresgid 120 150, getpgid 121 155, getpgrp 111 -, getsid 124 156, setpgid 109 154, setsid 112 157,
  sigaltstack 131 132, utime 132 -, utimes 235 -, utimensat 280 88, futimesat 261 -, statfs 137 43,
  fstatfs 138 44, getpriority 140 141, sched_getparam 143 121, sched_getscheduler 145 120,
  sched_get_priority_max 146 125, sched_get_priority_min 147 126, sched_getaffinity 204 123,
  sched_setaffinity 203 122, getcpu 309 168, arch_prctl 158 -, futex 202 98, futex_waitv 449 449,
  set_tid_address 218 96, set_robust_list 273 99, get_robust_list 274 100, restart_syscall 219 128,
  rseq 334 293, membarrier 324 283, fadvise64 221 223, timer_create 222 107, timer_settime 223 110,
  timer_gettime 224 108, timer_getoverrun 225 109, timer_delete 226 111, clock_gettime 228 113,
  clock_getres 229 114, clock_nanosleep 230 115, timerfd_create 283 85, timerfd_settime 286 86,
  timerfd_gettime 287 87, eventfd 284 -, eventfd2 290 19, epoll_create 213 -, epoll_create1 291 20,
  epoll_ctl 233 21, epoll_wait 232 -, epoll_pwait 281 22, epoll_pwait2 441 441, openat 257 56,
  openat2 437 437, newfstatat 262 79, statx 332 291, faccessat 269 48, faccessat2 439 439,
  close_range 436 436, copy_file_range 326 285, sendfile 40 71, splice 275 76, getrandom 318 278,
  prlimit64 302 261, execve 59 221, pkey_mprotect 329 288, pkey_alloc 330 289, pkey_free 331 290,
  getxattr 191 8, lgetxattr 192 9, fgetxattr 193 10, listxattr 194 11, llistxattr 195 12,
  flistxattr 196 13, sendto 44 206, recvfrom 45 207, sendmsg 46 211, recvmsg 47 212, shutdown 48 210,
  getsockname 51 204, getpeername 52 205, getsockopt 55 209, setsockopt 54 208, capget 125 90`;

/** Allowed with some arguments only: see seccomp.ts. */
const CONDITIONAL = `
  clone 56 220, ioctl 16 29, prctl 157 167, socketpair 53 199, fork 57 -, vfork 58 -, clone3 435 435`;

/**
 * Refused by name (EPERM): networks, namespaces, mounts, other processes, the kernel's own insides, memory that no limit
 * sees. Whatever is in no list is refused, too, as not implemented (ENOSYS), so that a new call of a new kernel is not open.
 */
const REFUSED = `
  socket 41 198, connect 42 203, bind 49 200, listen 50 201, accept 43 202, accept4 288 242, mount 165 40,
  umount2 166 39, pivot_root 155 41, chroot 161 51, unshare 272 97, setns 308 268, move_mount 429 429,
  open_tree 428 428, fsopen 430 430, fsconfig 431 431, fsmount 432 432, fspick 433 433,
  mount_setattr 442 442, ptrace 101 117, process_vm_readv 310 270, process_vm_writev 311 271,
  process_madvise 440 440, kcmp 312 272, pidfd_open 434 434, pidfd_getfd 438 438,
  pidfd_send_signal 424 424, bpf 321 280, perf_event_open 298 241, userfaultfd 323 282,
  io_uring_setup 425 425, io_uring_enter 426 426, io_uring_register 427 427, keyctl 250 219,
  add_key 248 217, request_key 249 218, seccomp 317 277, landlock_create_ruleset 444 444,
  landlock_add_rule 445 445, landlock_restrict_self 446 446, memfd_create 319 279, memfd_secret 447 447,
  shmget 29 194, shmat 30 196, shmctl 31 195, shmdt 67 197, semget 64 190, semop 65 193, semctl 66 191,
  semtimedop 220 192, msgget 68 186, msgsnd 69 189, msgrcv 70 188, msgctl 71 187, mq_open 240 180,
  mq_unlink 241 181, name_to_handle_at 303 264, open_by_handle_at 304 265, quotactl 179 60,
  quotactl_fd 443 443, swapon 167 224, swapoff 168 225, reboot 169 142, sethostname 170 161,
  setdomainname 171 162, settimeofday 164 170, clock_settime 227 112, clock_adjtime 305 266,
  adjtimex 159 171, init_module 175 105, finit_module 313 273, delete_module 176 106, kexec_load 246 104,
  kexec_file_load 320 294, syslog 103 116, acct 163 89, iopl 172 -, ioperm 173 -, modify_ldt 154 -,
  personality 135 92, setuid 105 146, setgid 106 144, setreuid 113 145, setregid 114 143,
  setresuid 117 147, setresgid 119 149, setfsuid 122 151, setfsgid 123 152, setgroups 116 159,
  capset 126 91, chown 92 -, fchown 93 55, lchown 94 -, fchownat 260 54, mknod 133 -, mknodat 259 33,
  setxattr 188 5, lsetxattr 189 6, fsetxattr 190 7, removexattr 197 14, lremovexattr 198 15,
  fremovexattr 199 16, mlock 149 228, mlock2 325 284, mlockall 151 230, munlock 150 229,
  munlockall 152 231, setpriority 141 140, sched_setscheduler 144 119, sched_setparam 142 118,
  sched_setattr 314 274, ioprio_set 251 30, migrate_pages 256 238, move_pages 279 239, mbind 237 235,
  set_mempolicy 238 237, inotify_init 253 -, inotify_init1 294 26, inotify_add_watch 254 27,
  inotify_rm_watch 255 28, fanotify_init 300 262, fanotify_mark 301 263, vhangup 153 58,
  nfsservctl 180 42, lookup_dcookie 212 18, sync 162 81, syncfs 306 267, execveat 322 281,
  setrlimit 160 164`;

/** Numbers of system calls by name. */
export type Numbers = ReadonlyMap<string, number>;

function numbers(table: string, arch: Arch): Numbers {
  const column = arch === 'x64' ? 1 : 2;
  const rows = table.split(',').map((entry) => entry.trim().split(' '));
  return new Map(
    rows.flatMap((row): [string, number][] => {
      const [name = '', number = '-'] = [row[0], row[column]];
      return number === '-' ? [] : [[name, Number(number)]];
    }),
  );
}

/** Calls that are allowed with any arguments. */
export const allowedCalls = (arch: Arch): Numbers => numbers(ALLOWED, arch);
/** Calls that are allowed with some arguments. */
export const conditionalCalls = (arch: Arch): Numbers => numbers(CONDITIONAL, arch);
/** Calls that are refused by name. */
export const refusedCalls = (arch: Arch): Numbers => numbers(REFUSED, arch);
