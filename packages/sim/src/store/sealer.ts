/** A machine that seals: no secret is kept from anybody, but what was changed does not open. */
import { createHash } from 'node:crypto';
import { type Sealer, SealingError } from '@gaiwan/enclave';

const digestOf = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

export const simulatedSealer: Sealer = {
  seal: (secret) => Promise.resolve(Buffer.concat([secret, digestOf(secret)])),
  unseal(blob) {
    const secret = Uint8Array.from(blob.subarray(0, -32));
    const isWhole = Buffer.compare(digestOf(secret), blob.subarray(-32)) === 0;
    if (isWhole) return Promise.resolve(secret);
    return Promise.reject(new SealingError('not-unsealable', 'it is no sealed key'));
  },
};
