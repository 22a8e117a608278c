/**
 * The platform's TLS key and self-signed certificate, until attestation lands: clients are given the certificate or
 * its SHA-256, and accept nothing else.
 */
import 'reflect-metadata';
import { createHash, createPrivateKey, webcrypto, X509Certificate } from 'node:crypto';
import { chmod, open, readFile, rename } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { Code } from '@connectrpc/connect';
import * as x509 from '@peculiar/x509';
import { PlatformError } from '../errors.ts';

export interface TlsIdentity {
  /** PEM. */
  readonly key: string;
  readonly certificate: string;
  readonly certificatePath: string;
  /** Hex SHA-256 of the certificate's DER. */
  readonly fingerprint: string;
}

const DAY = 86_400_000;
const VALID_DAYS = 825;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/**
 * Reads `tls-key.pem` (0600) and `tls-cert.pem` of a folder, or makes them; makes new ones a week before they expire.
 * Rejects with `PlatformError` (bad-identity).
 */
export async function loadOrCreateIdentity(
  folder: string,
  hosts: readonly string[],
  now: number,
): Promise<TlsIdentity> {
  const keyPath = join(folder, 'tls-key.pem');
  const certificatePath = join(folder, 'tls-cert.pem');
  const [key, certificate] = await Promise.all([readIfThere(keyPath), readIfThere(certificatePath)]);
  if (key !== undefined && certificate !== undefined) {
    const parsed = checkedPair(key, certificate);
    if (!parsed) {
      throw new PlatformError(
        `${certificatePath} and ${keyPath} are no pair of a certificate and its key: put the right ones back, or remove both for a new identity.`,
        { code: 'bad-identity', grpc: Code.FailedPrecondition },
      );
    }
    if (Date.parse(parsed.validTo) - now > 7 * DAY) return identity(key, certificate, certificatePath);
  }
  const made = await issue(hosts, now);
  // The key first: a certificate without its key would be handed to clients in vain.
  await writeWhole(keyPath, made.key, 0o600);
  await writeWhole(certificatePath, made.certificate, 0o644);
  return identity(made.key, made.certificate, certificatePath);
}

/** Undefined where they do not belong together, or are none. */
function checkedPair(key: string, certificate: string): X509Certificate | undefined {
  try {
    const parsed = new X509Certificate(certificate);
    return parsed.checkPrivateKey(createPrivateKey(key)) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function identity(key: string, certificate: string, certificatePath: string): TlsIdentity {
  const fingerprint = createHash('sha256').update(new X509Certificate(certificate).raw).digest('hex');
  return { key, certificate, certificatePath, fingerprint };
}

async function issue(hosts: readonly string[], now: number): Promise<{ key: string; certificate: string }> {
  x509.cryptoProvider.set(webcrypto as never);
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const names = [...new Set(['localhost', '127.0.0.1', '::1', ...hosts])];
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Gaiwan',
    notBefore: new Date(now - DAY),
    notAfter: new Date(now + VALID_DAYS * DAY),
    signingAlgorithm: ALGORITHM,
    keys: keys as never,
    extensions: [
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) ? 'ip' : 'dns', value })),
      ),
      new x509.BasicConstraintsExtension(false),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    ],
  });
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  const key = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
  return {
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificate: `${certificate.toString('pem')}\n`,
  };
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w', mode);
  await chmod(temporary, mode);
  await file.writeFile(text);
  await file.sync();
  await file.close();
  await rename(temporary, path);
}
