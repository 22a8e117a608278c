import { describe, expect, it } from 'vitest';
import { ALLOW, Code, errno, KILL_PROCESS } from './bpf.ts';
import { seccompFilter } from './seccomp.ts';
import { type Arch, allowedCalls, conditionalCalls, refusedCalls } from './syscalls.ts';

const AUDIT = { x64: 0xc000003e, arm64: 0xc00000b7 };
const [EPERM, EINVAL, ENOTTY, ENOSYS] = [1, 22, 25, 38].map(errno);

/** What the kernel's interpreter would answer. */
function decide(filter: Buffer, number: number, args: readonly number[] = [], audit = AUDIT.x64): number {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(number, 0);
  data.writeUInt32LE(audit, 4);
  for (const [i, value] of args.entries()) data.writeBigUInt64LE(BigInt(value), 16 + 8 * i);
  let a = 0;
  for (let pc = 0; ; pc++) {
    const [code, ifTrue, ifFalse, k] = [
      filter.readUInt16LE(8 * pc),
      filter.readUInt8(8 * pc + 2),
      filter.readUInt8(8 * pc + 3),
      filter.readUInt32LE(8 * pc + 4),
    ];
    if (code === Code.Return) return k;
    if (code === Code.Load) a = data.readUInt32LE(k);
    else if (code === Code.JumpEqual) pc += a === k ? ifTrue : ifFalse;
    else if (code === Code.JumpAtLeast) pc += a >= k ? ifTrue : ifFalse;
    else if (code === Code.JumpIfAnyBit) pc += (a & k) !== 0 ? ifTrue : ifFalse;
    else throw new Error(`code ${code}`);
  }
}

describe.each(['x64', 'arm64'] as const)('the filter for %s', (arch: Arch) => {
  const filter = seccompFilter({ arch, forks: false });
  const forking = seccompFilter({ arch, forks: true });
  const of = (name: string, args: readonly number[] = [], program = filter) => {
    const number =
      allowedCalls(arch).get(name) ??
      conditionalCalls(arch).get(name) ??
      refusedCalls(arch).get(name) ??
      Number.NaN;
    return decide(program, number, args, AUDIT[arch]);
  };

  it('no number is in two lists, nor twice in one', () => {
    const all = [allowedCalls, conditionalCalls, refusedCalls].flatMap((list) => [...list(arch).values()]);
    expect(new Set(all).size).toBe(all.length);
    expect(all.every((number) => Number.isInteger(number) && number < 500)).toBe(true);
    expect(all.length).toBeGreaterThan(250);
  });

  it('another architecture is the end of the process', () => {
    for (const audit of [0x40000003, 0x40000028, arch === 'x64' ? AUDIT.arm64 : AUDIT.x64, 0]) {
      expect(decide(filter, allowedCalls(arch).get('read') ?? 0, [], audit)).toBe(KILL_PROCESS);
    }
  });

  it('what runtimes need is allowed, the rest refused, what is unknown not there', () => {
    for (const name of ['read', 'mmap', 'futex', 'openat', 'getrandom']) expect(of(name), name).toBe(ALLOW);
    for (const name of refusedCalls(arch).keys()) expect(of(name), name).toBe(EPERM);
    for (const number of [443 + 30, 480, 1000]) expect(decide(filter, number, [], AUDIT[arch])).toBe(ENOSYS);
    expect(of('clone3')).toBe(ENOSYS);
  });

  it('threads, but no processes and no namespaces', () => {
    const thread = 0x3d0f00;
    const fork = 0x1200011;
    expect(of('clone', [thread])).toBe(ALLOW);
    expect(of('clone', [fork])).toBe(EPERM);
    expect(of('clone', [fork], forking)).toBe(ALLOW);
    for (const bit of [0x20000, ...[25, 26, 27, 28, 29, 30].map((shift) => 2 ** shift)]) {
      for (const program of [filter, forking]) {
        expect(of('clone', [fork | bit], program)).toBe(EPERM);
        expect(of('clone', [thread | bit], program)).toBe(EPERM);
      }
    }
  });

  it('some arguments only', () => {
    expect(of('socketpair', [1])).toBe(ALLOW);
    for (const family of [2, 10, 16, 17, 40]) expect(of('socketpair', [family])).toBe(EPERM);
    expect(of('ioctl', [0, 0x5421])).toBe(ALLOW);
    for (const request of [0x5412, 0x541c, 0x4b3a, 0xae80]) expect(of('ioctl', [0, request])).toBe(ENOTTY);
    expect(of('prctl', [15])).toBe(ALLOW);
    for (const option of [1, 8, 22, 24, 38, 47, 0x59616d61]) expect(of('prctl', [option])).toBe(EINVAL);
  });
});

it('x86_64: the x32 calls are the end of the process', () => {
  const filter = seccompFilter({ arch: 'x64', forks: true });
  for (const number of [0, 1, 41, 512]) expect(decide(filter, 0x40000000 + number)).toBe(KILL_PROCESS);
});
