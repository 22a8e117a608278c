import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { cachedStore } from '../cached.ts';
import { fileRootKey } from '../root-key.ts';
import type { Store } from '../store.ts';
import { storeContract } from '../testing/contract.ts';
import { openEmbeddedStore } from './open.ts';

const fixture = (wrap: (store: Store) => Store) => async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gaiwan-store-'));
  return {
    open: async () =>
      wrap(await openEmbeddedStore({ folder, rootKey: fileRootKey(join(folder, 'root.key')) })),
    dispose: () => rm(folder, { recursive: true }),
  };
};

storeContract(
  { describe, it },
  'embedded',
  fixture((store) => store),
);
// Small enough to evict, large enough to hit.
storeContract(
  { describe, it },
  'embedded behind a cache',
  fixture((store) => cachedStore(store, { maxEntries: 5 })),
);
