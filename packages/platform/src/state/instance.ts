/** Which platform this is: a key pair, made once in the life of a data folder, which only its sealed state has. */
import { createHash, generateKeyPairSync } from 'node:crypto';
import type { Store } from '@gaiwan/store';
import { keys } from '../domain/records.ts';
import type { Clock } from '../ports.ts';
import { transact } from './transaction.ts';

/** Base64 of DER. */
interface InstanceRecord {
  /** Ed25519, SubjectPublicKeyInfo. */
  readonly publicKey: string;
  /** PKCS#8. */
  readonly privateKey: string;
}

/** SHA-256 of the public key: 32 bytes, in hex. */
export const openInstance = (store: Store, clock: Clock): Promise<string> =>
  transact(store, clock, async (tx) => {
    const known = await tx.read<InstanceRecord>(keys.instance());
    if (known) return idOf(known);
    const made = makeInstance();
    tx.put(keys.instance(), made);
    return idOf(made);
  });

const idOf = ({ publicKey }: InstanceRecord): string =>
  createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('hex');

function makeInstance(): InstanceRecord {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519', {
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  });
  const record = { publicKey: publicKey.toString('base64'), privateKey: privateKey.toString('base64') };
  privateKey.fill(0);
  return record;
}
