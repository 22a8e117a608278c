/** Which platform this is: a key pair, made once in the life of a data folder, which only its sealed state has. */
import { createHash, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import type { Store } from '@gaiwan/store';
import { keys } from '../domain/records.ts';
import type { Clock } from '../ports.ts';
import { transact } from './transaction.ts';

export interface Instance {
  /** SHA-256 of the public key: 32 bytes, in hex. */
  readonly id: string;
  /** Ed25519, SubjectPublicKeyInfo (DER). */
  readonly publicKey: Uint8Array;
  /** What it signs begins with a label of its own: nothing that a caller chose is signed as it is. */
  readonly sign: (statement: Uint8Array) => Uint8Array;
}

/** Base64 of DER. */
interface InstanceRecord {
  /** Ed25519, SubjectPublicKeyInfo. */
  readonly publicKey: string;
  /** PKCS#8. */
  readonly privateKey: string;
}

/** Makes it at the first start. */
export const openInstance = (store: Store, clock: Clock): Promise<Instance> =>
  transact(store, clock, async (tx) => {
    const known = await tx.read<InstanceRecord>(keys.instance());
    if (known) return instanceOf(known);
    const made = makeInstance();
    tx.put(keys.instance(), made);
    return instanceOf(made);
  });

function instanceOf(record: InstanceRecord): Instance {
  const publicKey = new Uint8Array(Buffer.from(record.publicKey, 'base64'));
  const der = Buffer.from(record.privateKey, 'base64');
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  der.fill(0);
  return {
    id: createHash('sha256').update(publicKey).digest('hex'),
    publicKey,
    sign: (statement) => new Uint8Array(sign(null, statement, privateKey)),
  };
}

function makeInstance(): InstanceRecord {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519', {
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  });
  const record = { publicKey: publicKey.toString('base64'), privateKey: privateKey.toString('base64') };
  privateKey.fill(0);
  return record;
}
