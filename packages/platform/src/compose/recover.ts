/** Accepting a data folder that is not the newest: a new epoch, which everybody sees. */
import type { Machine, MachineSettings } from '@gaiwan/enclave';
import type { Batch, StoreHead } from '@gaiwan/store';
import type { ReferenceValues } from '@gaiwan/trust';
import { systemClock } from '../clock.ts';
import { epochBegins, type Recovered } from '../state/epoch.ts';
import { openMeasuredMachine } from './machine.ts';
import type { MeasuredConfiguration } from './measured.ts';
import { openAnchoredStore } from './sealed-store.ts';
import { authenticationDecisions, openServiceMachine, storageDecisions } from './service-machine.ts';

export interface RecoverOptions extends MeasuredConfiguration {
  /** The data folder, which no platform has open. */
  readonly data: string;
  /** With its anchor; without one, the folder is anchored no more. */
  readonly machine: MachineSettings;
  /** The least epoch that begins, where clients have seen later ones than folder and anchor know. Default: the next. */
  readonly minEpoch?: number;
}

export interface RecoverServiceOptions extends Pick<RecoverOptions, 'data' | 'machine' | 'minEpoch'> {
  /** Folder of the package that the process was started from. */
  readonly program: string;
  /** For the storage service: who may use it, as at its start. Without: the authentication service. */
  readonly peers?: ReferenceValues;
}

/**
 * Begins a new epoch with the state of a data folder, whatever its anchor remembers, and writes about it into the audit log and the event log. Must run as
 * the release and the configuration that the root key is sealed to.
 *
 * Rejects with `PlatformError` (`sealing-...`, `data-folder-...`), and as `openMeasuredMachine`; then either nothing was changed, or the new
 * epoch is on the disk and the next start tells the anchor.
 */
export const recoverDataFolder = async (options: RecoverOptions): Promise<Recovered> =>
  recover(options, await openMeasuredMachine(options));

/** As `recoverDataFolder`, with the data folder of a service of its own. Rejects also as `policiesFor`. */
export async function recoverService(options: RecoverServiceOptions): Promise<Recovered> {
  const { program, machine: settings, peers } = options;
  const decisions = peers === undefined ? authenticationDecisions : storageDecisions(peers);
  const { machine } = await openServiceMachine({ program, machine: settings, decisions });
  return recover(options, machine);
}

async function recover(
  { data, minEpoch }: Pick<RecoverOptions, 'data' | 'minEpoch'>,
  machine: Machine,
): Promise<Recovered> {
  let recovered: Recovered | undefined;
  const store = await openAnchoredStore(data, machine, {
    ...(minEpoch !== undefined && { minEpoch }),
    recover({ epoch, accepted, anchored }): Batch {
      recovered = { epoch, accepted: place(accepted), ...(anchored && { anchored: place(anchored) }) };
      return epochBegins(recovered, systemClock.now());
    },
  });
  await store.close();
  if (recovered === undefined) throw new Error('the store was opened without a recovery');
  return recovered;
}

const place = ({ epoch, commits }: StoreHead) => ({ epoch, commits });
