/** Classic BPF as seccomp reads it (linux/filter.h, linux/seccomp.h): 8 bytes an instruction, little-endian. */

export interface Instruction {
  readonly code: number;
  /** How many instructions to skip where the comparison holds, and where it does not. */
  readonly ifTrue: number;
  readonly ifFalse: number;
  readonly k: number;
}

export const Code = {
  Load: 0x20,
  JumpEqual: 0x15,
  JumpAtLeast: 0x35,
  JumpIfAnyBit: 0x45,
  Return: 0x06,
} as const;

/** Offsets in `struct seccomp_data`. */
export const NUMBER = 0;
export const ARCHITECTURE = 4;
/** The lower half of an argument. */
export const argument = (index: number): number => 16 + 8 * index;

export const ALLOW = 0x7fff0000;
export const KILL_PROCESS = 0x80000000;
export const errno = (number: number): number => 0x00050000 | number;

export const load = (offset: number): Instruction => ({ code: Code.Load, ifTrue: 0, ifFalse: 0, k: offset });
export const answer = (action: number): Instruction => ({
  code: Code.Return,
  ifTrue: 0,
  ifFalse: 0,
  k: action,
});

type Comparison = typeof Code.JumpEqual | typeof Code.JumpAtLeast | typeof Code.JumpIfAnyBit;

/** Runs `then` where the comparison holds, and continues behind it where not. `then` must end with answers. */
export function when(code: Comparison, k: number, then: readonly Instruction[]): Instruction[] {
  if (then.length > 255) throw new RangeError('A jump in BPF skips 255 instructions at most.');
  return [{ code, ifTrue: 0, ifFalse: then.length, k }, ...then];
}

/** Instructions that the kernel takes at most. */
const MOST = 4096;

export function assemble(program: readonly Instruction[]): Buffer {
  if (program.length > MOST) throw new RangeError(`A BPF program has ${MOST} instructions at most.`);
  const bytes = Buffer.alloc(8 * program.length);
  program.forEach(({ code, ifTrue, ifFalse, k }, i) => {
    bytes.writeUInt16LE(code, 8 * i);
    bytes.writeUInt8(ifTrue, 8 * i + 2);
    bytes.writeUInt8(ifFalse, 8 * i + 3);
    bytes.writeUInt32LE(k >>> 0, 8 * i + 4);
  });
  return bytes;
}
