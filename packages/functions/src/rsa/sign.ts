import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { rsaSignEntry } from '@gaiwan/catalogue/entries';
import { decodeArguments } from '../arguments/decode.ts';
import type { CataloguedFunction } from '../function.ts';
import { limits } from '../limits.ts';
import { FunctionError } from '../refusal.ts';
import { checkRsaKey } from './check.ts';
import { readRsaKey } from './der.ts';
import { readKeyBytes } from './key-bytes.ts';

/** Far more than a key of 4096 bits has (about 2,400 bytes). */
const MAX_KEY = limits.rsaKey.value;

/** Signs the bytes. Throws `FunctionError` ("InconsistentComponents") where the key's parts do not fit together. */
function signWith(der: Uint8Array, data: Uint8Array): Buffer {
  const privateKey = createPrivateKey({
    key: Buffer.from(der.buffer, der.byteOffset, der.length),
    format: 'der',
    type: 'pkcs1',
  });
  const signature = sign('sha256', data, privateKey);
  // A wrong signature by a key with a fault can give the key away (Boneh, DeMillo, Lipton 1997).
  if (!verify('sha256', data, createPublicKey(privateKey), signature)) {
    throw new FunctionError('invalid-key', 'InconsistentComponents');
  }
  return signature;
}

/** Signs a text with a key of one party: RSASSA-PKCS1-v1_5 with SHA-256 (contract 1.10). */
export const rsaSign: CataloguedFunction = {
  name: rsaSignEntry.name,
  entry: rsaSignEntry,
  async run(context) {
    const { data } = decodeArguments(context.args, rsaSignEntry.arguments);
    const der = await readKeyBytes(context.input('rsa_key'), MAX_KEY, 'TooLarge');
    try {
      checkRsaKey(readRsaKey(der));
      return signWith(der, Buffer.from(data)).toString('base64');
    } finally {
      der.fill(0);
    }
  },
};
