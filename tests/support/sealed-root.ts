/** A root key that can be rotated, sealed in a folder by a machine that never changes. */
import { join } from 'node:path';
import { derivedKeySealer, sealedRootKey } from '@gaiwan/enclave';

const sealer = derivedKeySealer({
  registers: { mrTd: 'ab'.repeat(48) },
  key: async () => new Uint8Array(32).fill(7),
});

export const sealedRoot = (folder: string): ReturnType<typeof sealedRootKey> =>
  sealedRootKey(join(folder, 'root.sealed'), sealer);
