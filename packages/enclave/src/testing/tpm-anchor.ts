/** An anchor in a TPM, with its secret. */
import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { type Anchor, tpmAnchor } from '../anchor/index.ts';
import type { TpmTransport } from '../tpm2/index.ts';

export const anchorSecret = (): KeyObject => createSecretKey(randomBytes(32));

export function unlockedAnchor(open: () => Promise<TpmTransport>, secret: KeyObject): Anchor {
  const anchor = tpmAnchor(open);
  anchor.unlock(secret);
  return anchor;
}
