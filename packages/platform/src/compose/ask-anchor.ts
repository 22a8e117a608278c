/** What an anchor remembers, asked as the platform that is to be started would ask. */
import type { MachineSettings } from '@gaiwan/enclave';
import type { StoreHead } from '@gaiwan/store';
import { letGo } from './let-go.ts';
import { openMeasuredMachine } from './machine.ts';
import type { MeasuredConfiguration } from './measured.ts';

export interface AskOptions extends MeasuredConfiguration {
  /** With an anchor that wants no secret of the data folder: a key broker, or a folder. */
  readonly machine: MachineSettings;
}

/**
 * The newest state that the machine's anchor remembers; undefined where it has none yet. A key broker answers the program and the
 * configuration that its owner allows, so all options must be those of the platform. Nothing is changed at the anchor.
 *
 * Rejects as `openMeasuredMachine`, and with `AnchorError` (`unavailable`, `unreadable`).
 */
export async function askAnchor(
  options: AskOptions,
): Promise<Pick<StoreHead, 'epoch' | 'commits'> | undefined> {
  const anchor = (await openMeasuredMachine(options)).anchor?.open();
  if (anchor === undefined) throw new Error('the settings name no anchor');
  try {
    return await anchor.read();
  } finally {
    await letGo(anchor);
  }
}
