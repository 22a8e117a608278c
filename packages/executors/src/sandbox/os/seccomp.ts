/** The filter of system calls around untrusted code: a list of what is allowed; everything else is refused. */
import {
  ALLOW,
  ARCHITECTURE,
  answer,
  argument,
  assemble,
  Code,
  errno,
  type Instruction,
  KILL_PROCESS,
  load,
  NUMBER,
  when,
} from './bpf.ts';
import { type Arch, allowedCalls, conditionalCalls, refusedCalls } from './syscalls.ts';

const EPERM = errno(1);
const EINVAL = errno(22);
const ENOTTY = errno(25);
const ENOSYS = errno(38);

/** AUDIT_ARCH_X86_64, AUDIT_ARCH_AARCH64. */
const AUDIT: Record<Arch, number> = { x64: 0xc000003e, arm64: 0xc00000b7 };
/** Calls of the x32 ABI come under x86_64's name, with this bit. */
const X32 = 0x40000000;

const CLONE_THREAD = 0x10000;
/** CLONE_NEWNS, -CGROUP, -UTS, -IPC, -USER, -PID, -NET. */
const CLONE_NEW = 0x7e020000;
const AF_UNIX = 1;
/** TCGETS, FIONREAD, FIOCLEX, FIONCLEX, FIONBIO, TIOCGWINSZ: asked by runtimes of every descriptor. Not TIOCSTI. */
const IOCTLS = [0x5401, 0x541b, 0x5451, 0x5450, 0x5421, 0x5413];
/** Names of threads and of memory; reading what one is allowed. */
const PRCTLS = [15, 16, 0x53564d41, 3, 21, 23, 39];
/** PR_SET_DUMPABLE and PR_SET_SECCOMP: a fork server hides itself from its children, and gives them a stricter filter. */
const SERVER_PRCTLS = [4, 22];

/** For which machine, and how strict. */
export interface FilterOptions {
  readonly arch: Arch;
  /** Whether it may start processes; else threads only. */
  readonly forks: boolean;
  /** Whether it is for a fork server: no function runs under it. */
  readonly serves?: boolean;
}

/** A program for seccomp(2), as bubblewrap takes it. */
export function seccompFilter({ arch, forks, serves = false }: FilterOptions): Buffer {
  const rules = new Map<string, readonly Instruction[]>([
    ['clone', clone(forks)],
    ['fork', [answer(forks ? ALLOW : EPERM)]],
    ['vfork', [answer(forks ? ALLOW : EPERM)]],
    // Its flags are behind a pointer, which no filter follows; the C library then takes clone.
    ['clone3', [answer(ENOSYS)]],
    ['ioctl', oneOf(1, IOCTLS, ENOTTY)],
    ['prctl', oneOf(0, serves ? [...PRCTLS, ...SERVER_PRCTLS] : PRCTLS, EINVAL)],
    // A pair that is connected to nobody else: event loops wake themselves with it.
    ['socketpair', oneOf(0, [AF_UNIX], EPERM)],
  ]);
  return assemble([
    load(ARCHITECTURE),
    { code: Code.JumpEqual, ifTrue: 1, ifFalse: 0, k: AUDIT[arch] },
    answer(KILL_PROCESS),
    load(NUMBER),
    ...(arch === 'x64' ? when(Code.JumpAtLeast, X32, [answer(KILL_PROCESS)]) : []),
    ...[...allowedCalls(arch).values()].flatMap((number) => when(Code.JumpEqual, number, [answer(ALLOW)])),
    ...[...conditionalCalls(arch)].flatMap(([name, number]) =>
      when(Code.JumpEqual, number, rules.get(name) ?? [answer(EPERM)]),
    ),
    ...[...refusedCalls(arch).values()].flatMap((number) => when(Code.JumpEqual, number, [answer(EPERM)])),
    answer(ENOSYS),
  ]);
}

function clone(forks: boolean): Instruction[] {
  return [
    load(argument(0)),
    ...when(Code.JumpIfAnyBit, CLONE_NEW, [answer(EPERM)]),
    ...(forks ? [answer(ALLOW)] : when(Code.JumpIfAnyBit, CLONE_THREAD, [answer(ALLOW)])),
    answer(EPERM),
  ];
}

function oneOf(index: number, values: readonly number[], otherwise: number): Instruction[] {
  return [
    load(argument(index)),
    ...values.flatMap((value) => when(Code.JumpEqual, value, [answer(ALLOW)])),
    answer(otherwise),
  ];
}
