/** AMD's products, and where each keeps the parts of a TCB version (SEV-SNP firmware ABI, AMD 56860, TCB_VERSION). */

import { byteAt } from '../bytes.ts';

/** Generations of EPYC that have SEV-SNP. */
export const products = ['Milan', 'Genoa', 'Turin'] as const;
/** One of them. */
export type Product = (typeof products)[number];

/** SVNs of the firmware parts. `fmc`: Turin only. They compare part by part, never as one number. */
export interface TcbParts {
  readonly fmc?: number;
  readonly bootloader: number;
  readonly tee: number;
  readonly snp: number;
  readonly microcode: number;
}

/** Names of the parts, for policies and comparisons. */
export const tcbPartNames = [
  'fmc',
  'bootloader',
  'tee',
  'snp',
  'microcode',
] as const satisfies (keyof TcbParts)[];

/** `tcb`: 8 bytes as in the report. */
export function decodeTcb(tcb: Uint8Array, product: Product): TcbParts {
  const at = (index: number): number => byteAt(tcb, index);
  return product === 'Turin'
    ? { fmc: at(0), bootloader: at(1), tee: at(2), snp: at(3), microcode: at(7) }
    : { bootloader: at(0), tee: at(1), snp: at(6), microcode: at(7) };
}

/** Whether no part of `tcb` is below that of `minimum`; parts that `minimum` does not name do not count. */
export function isTcbAtLeast(tcb: TcbParts, minimum: Partial<TcbParts>): boolean {
  return tcbPartNames.every((part) => (tcb[part] ?? 0) >= (minimum[part] ?? 0));
}

/** Product of a CPUID family (extended included) and model; undefined for one that is not known. */
export function productOfCpuid(family: number, model: number): Product | undefined {
  if (family === 0x19) {
    if (model <= 0x0f) return 'Milan';
    if (model <= 0x1f || (model >= 0xa0 && model <= 0xaf)) return 'Genoa';
  }
  return family === 0x1a && model <= 0x11 ? 'Turin' : undefined;
}

/** Product of a certificate's product name, e.g. "Milan-B0"; the stepping does not count, a longer word does. */
export function productOfName(name: string): Product | undefined {
  const word = name.split('-', 1)[0];
  return word === 'Milan' || word === 'Genoa' || word === 'Turin' ? word : undefined;
}
