/** The machine under a platform, and the root key that it keeps. */
import { join } from 'node:path';
import { Code } from '@connectrpc/connect';
import {
  type Machine,
  type MachineSettings,
  type Measured,
  openMachine,
  type SealedRootKey,
  SealingError,
  sealedRootKey,
} from '@gaiwan/enclave';
import { cachedStore, type EmbeddedStore, openEmbeddedStore, type Store, StoreError } from '@gaiwan/store';
import { PlatformError } from '../errors.ts';
import { type MeasuredConfiguration, measurePlatform } from './measured.ts';

export interface MeasuredMachine {
  readonly machine: Machine;
  readonly measured: Measured;
}

/** Rejects with what `openMachine` and `measurePlatform` reject with. */
export async function openMeasuredMachine(
  options: MeasuredConfiguration & { readonly machine: MachineSettings },
): Promise<MeasuredMachine> {
  const { bundle, configuration } = await measurePlatform(options);
  const measured = { bundle: bundle.digest, configuration };
  return { machine: await openMachine(options.machine, measured), measured };
}

/** The sealed root key of a data folder. Rejects with `PlatformError` where the machine keeps it back. */
export function sealedKeyOf(data: string, { sealer, attester }: Machine): SealedRootKey {
  if (sealer === undefined) {
    throw new PlatformError(
      `A machine of the kind ${attester.kind} keeps no keys: name a key broker (--key-broker), or a TPM (--tee tpm).`,
      { code: 'no-sealing', grpc: Code.FailedPrecondition },
    );
  }
  const sealed = sealedRootKey(join(data, 'root.sealed'), sealer);
  return {
    load: (options) => told(data, sealed.load(options)),
    reseal: (other) => told(data, sealed.reseal(other)),
    rotation: {
      begin: () => told(data, sealed.rotation.begin()),
      pending: () => told(data, sealed.rotation.pending()),
      settle: () => told(data, sealed.rotation.settle()),
    },
  };
}

async function told<T>(data: string, attempt: Promise<T>): Promise<T> {
  try {
    return await attempt;
  } catch (error) {
    if (!(error instanceof SealingError)) throw error;
    const advice =
      error.code === 'wrong-measurement'
        ? ' Start the release and the configuration that it was sealed to, and let that hand the key on: gaiwan reseal.'
        : '';
    throw new PlatformError(`${data} stays closed. ${error.message}${advice}`, {
      code: `sealing-${error.code}`,
      grpc: Code.FailedPrecondition,
      subjects: error.registers,
      cause: error,
    });
  }
}

export interface SealedStore extends Store {
  /** As `rotateKeys` of an embedded store. */
  rotateKeys: EmbeddedStore['rotateKeys'];
}

/** The store of a data folder, under the root key that the machine keeps. Rejects with `PlatformError`. */
export async function openSealedStore(data: string, machine: Machine): Promise<SealedStore> {
  const rootKey = sealedKeyOf(data, machine);
  try {
    const store = await openEmbeddedStore({ folder: join(data, 'store'), rootKey });
    return { ...cachedStore(store, { maxEntries: 50_000 }), rotateKeys: () => store.rotateKeys() };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const sentence =
      error.code === 'in-use'
        ? `${data} is in use by another platform process: stop it, or choose another folder with --data.`
        : `${data} cannot be opened: ${error.message}`;
    throw new PlatformError(sentence, {
      code: `data-folder-${error.code}`,
      grpc: Code.Unavailable,
      cause: error,
    });
  }
}
