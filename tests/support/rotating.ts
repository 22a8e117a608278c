/**
 * A process for tests: `node rotating.ts FOLDER SECRET REGISTER` opens a store under a sealed root key, commits and rotates its keys
 * again and again until it is killed, and prints each acknowledged commit, one number a line, and `r` for each rotation.
 */
import { randomInt } from 'node:crypto';
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { derivedKeySealer, type SealingError, sealedRootKey } from '@gaiwan/enclave';
import { openEmbeddedStore } from '@gaiwan/store';

const [folder = '', secret = '', register = ''] = process.argv.slice(2);
const sealer = derivedKeySealer({
  registers: { mrTd: register },
  key: async () => new Uint8Array(Buffer.from(secret, 'hex')),
});
const store = await openEmbeddedStore({
  folder: join(folder, 'store'),
  rootKey: sealedRootKey(join(folder, 'root.sealed'), sealer),
});

async function rotate(): Promise<void> {
  for (;;) {
    // Pauses in which the key can be handed on; while it is, it cannot be rotated. A little of the old keys is always left.
    // oxlint-disable-next-line tests/no-sleep -- pauses of any length
    await sleep(randomInt(30));
    try {
      await store.rotateKeys();
    } catch (error) {
      if ((error as SealingError).code === 'handover-pending') continue;
      throw error;
    }
    writeSync(1, 'r\n');
  }
}

async function count(): Promise<void> {
  for (;;) {
    const found = await store.get(['count']);
    const next = Number(Buffer.from(found?.value ?? []).toString() || '0') + 1;
    const value = Buffer.from(String(next));
    await store.commit({
      put: [
        { key: ['count'], value },
        { key: ['each', String(next)], value },
      ],
    });
    // Synchronous: an acknowledgement that was given must not be lost in a buffer of this process.
    writeSync(1, `${next}\n`);
  }
}

await Promise.all([rotate(), count()]);
