/** Keys in files: PKCS#8 in PEM, that nobody but their owner may read. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { constants } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { messageOf } from '@gaiwan/errors';
import { algorithmOfKey } from '@gaiwan/protocol';
import { GaiwanError } from './errors.ts';
import { limits } from './limits.ts';
import type { Signer } from './signer.ts';

const OTHERS = 0o077;
const OPENSSH = '-----BEGIN OPENSSH PRIVATE KEY-----';

/**
 * Signs with the key in a file.
 *
 * @throws GaiwanError bad-key-file where the file is none, or others may read it
 * @example
 * await client.login('alice', password, { signer: await fileSigner('alice.pem') });
 */
export async function fileSigner(path: string): Promise<Signer> {
  const privateKey = await readKey(path);
  const publicKey = new Uint8Array(createPublicKey(privateKey).export({ type: 'spki', format: 'der' }));
  const algorithm = algorithmOfKey(publicKey);
  if (!algorithm) throw bad(path, 'its key is neither of Ed25519 nor of P-256');
  const digest = algorithm === 'Ed25519' ? null : 'sha256';
  return {
    algorithm,
    publicKey,
    sign: (bytes) => new Uint8Array(sign(digest, bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' })),
  };
}

/**
 * Makes a key of Ed25519 in a file that is not there yet.
 *
 * @throws GaiwanError bad-key-file, also where the file is there: a key is never overwritten
 */
export async function makeKeyFile(path: string): Promise<void> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  try {
    await writeFile(path, pem, { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    throw bad(path, messageOf(cause), cause);
  }
}

async function readKey(path: string): Promise<KeyObject> {
  let pem: Buffer | undefined;
  try {
    // Of the file that is read, not of what has its name a moment later.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const { mode, size } = await file.stat();
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw bad(path, 'it is no file');
    if (process.platform !== 'win32' && (mode & OTHERS) !== 0)
      throw bad(path, `others may read or change it: chmod 600 ${path}`);
    if (size > limits.keyFile.value) throw bad(path, `it has ${size} bytes`);
    pem = await file.readFile();
    if (pem.includes(OPENSSH))
      throw bad(
        path,
        'it is in the format of OpenSSH, not PKCS#8: give it to an agent (ssh-add), and name that (--key agent)',
      );
    return createPrivateKey({ key: pem, format: 'pem' });
  } catch (cause) {
    if (cause instanceof GaiwanError) throw cause;
    throw bad(path, messageOf(cause), cause);
  } finally {
    pem?.fill(0);
  }
}

const bad = (path: string, why: string, cause?: unknown) =>
  new GaiwanError('bad-key-file', `${path} cannot be used as a key: ${why}.`, { cause });
