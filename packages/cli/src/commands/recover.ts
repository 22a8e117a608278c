/** recover: accepts a data folder that is not the newest. */
import { resolve } from 'node:path';
import type { Recovered } from '@gaiwan/platform';
import { buildCommand } from '@stricli/core';
import { type Context, print } from '../context.ts';
import { usage } from '../errors.ts';
import { examples, type Json, jsonFlag, numberFlag, requiredText } from '../flags.ts';
import { type MachineFlags, machineFlags, machineOf } from '../machine-flags.ts';
import { configurationOf, type MeasuredFlags, measuredFlags } from '../measured-flags.ts';
import { type PeerFlags, peerFlags, peersOf } from '../peer-flags.ts';
import { PROGRAM } from '../program.ts';

/** The store knows no later one. */
const LAST_EPOCH = 2 ** 31;

interface RecoverFlags extends Json, MachineFlags, MeasuredFlags, PeerFlags {
  readonly data: string;
  readonly service?: 'authentication' | 'storage' | undefined;
  readonly epoch?: number | undefined;
}

export const recover = buildCommand<RecoverFlags, [], Context>({
  docs: {
    brief: 'Accept a data folder that is not the newest, in a new epoch that everybody sees',
    fullDescription: `A platform refuses to start where its anchor remembers a newer state than the data folder has, e.g. after a backup was restored.
Where the newest folder is lost, run this with the release, the machine and the configuration (--anchor, --allow-url, --executors and so on as
for serve): the folder is accepted as it is, and a new epoch begins. All that happened after it is gone. Clients refuse the new epoch until their
users accept it, tasks of the older epoch are not run, and outputs that were registered in it are not written. Without --anchor, the folder is
anchored no more. The epoch is the next after the folder's and the anchor's; where the anchor is gone and clients have seen later ones, say so with
--epoch. The audit log of a platform says what was given up. --service: the data folder is one of gaiwan service; give the options of that.

${examples(
  'gaiwan recover --data ./restored --anchor file:/mnt/elsewhere/anchor',
  'gaiwan recover --data ./restored --tee simulation --simulation ./machine --json',
  'gaiwan recover --service authentication --data ./users --anchor tpm',
)}`,
  },
  parameters: {
    flags: {
      data: requiredText('Data folder, which no platform has open', 'DIR'),
      epoch: numberFlag('Begin at least this epoch', 1, LAST_EPOCH),
      ...machineFlags,
      ...measuredFlags,
      service: {
        kind: 'enum',
        values: ['authentication', 'storage'],
        brief: 'The data folder is that of a service alone',
        optional: true,
      },
      ...peerFlags,
      json: jsonFlag,
    },
  },
  async func(flags) {
    const { data, json } = flags;
    const recovered = await recoverAs(flags);
    const { epoch, accepted, anchored } = recovered;
    const given = anchored ? `; its anchor had ${anchored.epoch}.${anchored.commits}` : '';
    print(
      this,
      json === true,
      { data, ...recovered },
      () => `${data} begins epoch ${epoch} with state ${accepted.epoch}.${accepted.commits}${given}.`,
    );
  },
});

async function recoverAs(flags: RecoverFlags): Promise<Recovered> {
  const { service, peerPolicy, enclaveInfo, epoch: minEpoch } = flags;
  const folder = {
    program: PROGRAM,
    data: resolve(flags.data),
    machine: machineOf(flags),
    ...(minEpoch !== undefined && { minEpoch }),
  };
  const { recoverDataFolder, recoverService } = await import('@gaiwan/platform');
  if (service === 'storage') return recoverService({ ...folder, peers: await peersOf(flags) });
  if (peerPolicy !== undefined || enclaveInfo !== undefined)
    throw usage('Only the storage service is told who may connect: add --service storage.');
  if (service === 'authentication') return recoverService(folder);
  return recoverDataFolder({ ...folder, ...configurationOf(flags) });
}
