/** The machine under a process of a platform. */
import {
  type AnchorKind,
  type Machine,
  type MachineSettings,
  openMachine,
  requireMeasuredProcess,
} from '@gaiwan/enclave';
import { forbidCoreDumps } from './core-dumps.ts';
import type { Description } from './description.ts';
import { type MeasuredConfiguration, type MeasuredProgram, measurePlatform } from './measured.ts';

/** Rejects with what `openMachine` and `measurePlatform` reject with, and as `openProtectedMachine` does. */
export async function openMeasuredMachine(
  options: MeasuredConfiguration & { readonly machine: MachineSettings },
): Promise<DescribedMachine> {
  requireMeasuredProcess();
  return openDescribedMachine(options.machine, await measurePlatform(options));
}

/** A machine, and in words what runs on it. */
export interface DescribedMachine extends Machine {
  readonly described: Description;
}

/** Rejects as `openProtectedMachine`. */
export async function openDescribedMachine(
  settings: MachineSettings,
  { bundle, configuration, decisions }: MeasuredProgram,
): Promise<DescribedMachine> {
  const machine = await openProtectedMachine(settings, { bundle: bundle.digest, configuration });
  return { ...machine, described: { configuration: decisions, files: bundle.list } };
}

/**
 * The machine, for a process that will hold secrets: from now on it leaves no core dumps. An SGX enclave needs nothing: whoever dumps
 * it gets ciphertext.
 *
 * Rejects with what `openMachine` rejects with, and `PlatformError` (`core-dumps`).
 */
export async function openProtectedMachine(
  settings: MachineSettings,
  measured: Parameters<typeof openMachine>[1],
): Promise<Machine> {
  const machine = await openMachine(settings, measured);
  if (machine.attester.kind !== 'sgx') forbidCoreDumps();
  return machine;
}

/** What remembers the newest state of a data folder. */
export interface NamedAnchor {
  readonly kind: AnchorKind;
  /** Milliseconds between two states that it remembers; 0: before each answer. */
  readonly interval: number;
}

/** For what a start says of itself; nothing where there is no anchor. */
export const namedAnchorOf = ({ anchor }: Machine): { readonly anchor?: NamedAnchor } =>
  anchor === undefined ? {} : { anchor: { kind: anchor.kind, interval: anchor.interval } };
