/** The store of a data folder, under the root key that the machine keeps, and with keys that never get old. */
import { join } from 'node:path';
import type { Anchor } from '@gaiwan/enclave';
import {
  cachedStore,
  type EmbeddedStore,
  type EmbeddedStoreOptions,
  openEmbeddedStore,
  StoreError,
} from '@gaiwan/store';
import { refuse } from '../errors.ts';
import type { StatedStore } from '../state/runs.ts';
import { type KeyRotationOptions, keepKeysYoung } from './key-rotation.ts';
import { letGo } from './let-go.ts';
import { type KeepingMachine, sealedKeyOf } from './sealed-key.ts';

export interface SealedStore extends StatedStore {
  /**
   * Another root key and another key for what is stored, while the platform continues to serve. Resolves when nothing is left under the old ones.
   * Rejects with `PlatformError`: `sealing-handover-pending` while a handover waits for the next release.
   */
  rotateKeys(): Promise<void>;
  /** As `EmbeddedStore.copyTo`. */
  copyTo(folder: string): Promise<void>;
  /** As `EmbeddedStore.failed`. */
  readonly failed: Promise<StoreError>;
  /** As `EmbeddedStore.hurry`. */
  hurry(): void;
}

/** Rejects with `PlatformError`. */
export async function openSealedStore(
  data: string,
  machine: KeepingMachine,
  options: KeyRotationOptions,
): Promise<SealedStore> {
  const embedded = await openAnchoredStore(data, machine, options);
  const store = cachedStore(embedded, { maxEntries: 50_000 });
  const { rotate, stop } = keepKeysYoung({ ...store, ...rotating(embedded) }, options);
  return {
    ...store,
    rotateKeys: rotate,
    head: () => embedded.head(),
    copyTo: (folder) => embedded.copyTo(folder),
    failed: embedded.failed,
    hurry: () => embedded.hurry(),
    close() {
      stop();
      return store.close();
    },
  };
}

const rotating = (store: EmbeddedStore): Pick<EmbeddedStore, 'rotateKeys' | 'reseal'> => ({
  rotateKeys: () => store.rotateKeys(),
  reseal: () => store.reseal(),
});

/** As it is on the disk; the machine's anchor, where it has one, vouches that it is the newest. Rejects with `PlatformError`. */
export async function openAnchoredStore(
  data: string,
  machine: KeepingMachine,
  options: Pick<EmbeddedStoreOptions, 'report' | 'recover' | 'minEpoch'>,
): Promise<EmbeddedStore> {
  const rootKey = sealedKeyOf(data, machine);
  const anchor = machine.anchor?.open();
  try {
    const store = await openEmbeddedStore({
      folder: join(data, 'store'),
      rootKey,
      ...options,
      ...(anchor && { anchor: { anchor, ...intervalOf(machine) } }),
    });
    return anchor ? closing(store, anchor) : store;
  } catch (error) {
    if (anchor) await letGo(anchor);
    if (!(error instanceof StoreError)) throw error;
    const sentence =
      error.code === 'in-use'
        ? `${data} is in use by another platform process: stop it, or choose another folder with --data.`
        : `${data} cannot be opened: ${error.message}`;
    throw refuse(`data-folder-${error.code}`, sentence, { cause: error });
  }
}

const intervalOf = ({ anchor }: KeepingMachine) =>
  anchor && anchor.interval > 0 ? { interval: anchor.interval } : undefined;

/** The store, which closes its anchor after itself. */
function closing(store: EmbeddedStore, anchor: Anchor): EmbeddedStore {
  const close = store.close.bind(store);
  store.close = async () => {
    try {
      await close();
    } finally {
      await letGo(anchor);
    }
  };
  return store;
}
