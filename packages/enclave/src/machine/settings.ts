/** Which machine a program runs on: plain data, so that it can be handed to other processes. */

import type { Policy } from '@gaiwan/attestation';
import { CodedError, type RefusalTable } from '@gaiwan/errors';
import type { AnchorKind } from '../anchor/anchor.ts';
import { limits } from '../limits.ts';

/** "auto": what the machine has. Simulation is never found by itself; it is asked for. */
export const tees = ['auto', 'tdx', 'snp', 'cca', 'sgx', 'nitro', 'tpm', 'simulation'] as const;
/** What attests a machine. */
export type Tee = (typeof tees)[number];

/** Which machine a program runs on. */
export interface MachineSettings {
  readonly tee: Tee;
  /** Folder of the simulated machine; with "simulation" only, and needed there. */
  readonly simulation?: string;
  /** A character device, or "host:port" or "unix:PATH" of a TPM behind a socket. Default: /dev/tpmrm0. */
  readonly tpm?: string;
  /** PCR that the program and its configuration are measured into, once after each boot. Default: 15. */
  readonly tpmPcr?: number;
  /** Program that makes Nitro documents (docs/enclave/attesters.md), and its arguments. */
  readonly nitroHelper?: readonly string[];
  /** In place of the vendors' services: a PCCS. */
  readonly pccs?: string;
  /** Folder with endorsements, in place of any service. */
  readonly endorsements?: string;
  /** Keeps the keys, in place of the machine. */
  readonly keyBroker?: KeyBrokerSettings;
  /** Remembers the newest state of the data folder. */
  readonly anchor?: AnchorSettings;
}

/** Where the newest state of a data folder is remembered. The key broker and the TPM are those of the machine's settings. */
export interface AnchorSettings {
  readonly kind: AnchorKind;
  /** Of the kind "file", and needed there: a folder elsewhere. */
  readonly folder?: string;
  /** Milliseconds between two advances; 0: before each commit is acknowledged. Default: 0, of a TPM `limits.tpmAnchorInterval`. */
  readonly interval?: number;
}

/** Milliseconds between two advances of the anchor; 0: before each commit is acknowledged. */
export const anchorInterval = ({ kind, interval }: AnchorSettings): number =>
  interval ?? (kind === 'tpm' ? limits.tpmAnchorInterval.value : 0);

/** Which key broker keeps the root key, and who it is. */
export interface KeyBrokerSettings {
  readonly url: string;
  /** Which of its keys. */
  readonly key: string;
  /** What the broker may run, on machines that vouch for themselves as this one does; or: */
  readonly policy?: Policy;
  /** Which instance of that: 64 hexadecimal digits. Default: the first that this process sees. */
  readonly instance?: string;
  /** whose certificate (PEM) vouches for it, where it runs on its owner's own premises. */
  readonly ca?: string;
}

/**
 * What of these settings decides who can open what the program seals, for the measured configuration: else an operator could name a
 * key broker of its own, or leave the anchor out, and the evidence would look the same.
 */
export function keysConfiguration({ keyBroker, anchor }: Partial<MachineSettings> = {}): object {
  // What a rollback of the whole could hide is for relying parties to know: `none` is a value, too.
  const anchored = anchor ? { kind: anchor.kind, interval: anchorInterval(anchor) } : 'none';
  if (keyBroker === undefined) return { anchor: anchored };
  const { key, policy, ca, instance } = keyBroker;
  return { anchor: anchored, keyBroker: { key, policy, ca, ...(instance !== undefined && { instance }) } };
}

export const machineRefusals = {
  'no-tee': {
    meaning: 'The machine has nothing that makes evidence, or not what was asked for.',
    remedy: 'Name another machine with `--tee`; to try things out without protection, a simulated one.',
  },
  'bad-machine-settings': {
    meaning: 'The settings of the machine contradict each other, or lack something.',
    remedy: 'Add or leave out the option that is named.',
  },
  'register-taken': {
    meaning: 'Another program or configuration was measured into the PCR since the machine was booted.',
    remedy: 'Boot again.',
  },
} as const satisfies RefusalTable;

/** The machine cannot be used as its settings ask. */
export class MachineError extends CodedError<keyof typeof machineRefusals> {
  override readonly name = 'MachineError';
}
