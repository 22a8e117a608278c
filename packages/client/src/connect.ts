import { GaiwanError } from './errors.ts';
import { Gaiwan } from './gaiwan.ts';
import { fetchPinned } from './trust/fetch-leaf.ts';
import { type Pin, parseFingerprint, pinCertificate } from './trust/pin.ts';

export interface ConnectOptions {
  /** `https://host:7776` */
  readonly authentication: string;
  /** `https://host:7777` */
  readonly frontend: string;
  /** The platform's certificate (PEM, `tls-cert.pem` of its data folder). This or `fingerprint` must be given. */
  readonly certificate?: string | undefined;
  /** SHA-256 of the certificate in hex. */
  readonly fingerprint?: string | undefined;
  /** How calls travel (default: grpc). */
  readonly protocol?: 'grpc' | 'connect' | undefined;
}

/**
 * A client that talks to the platform with this certificate and to nobody else. There is no insecure mode.
 *
 *     const client = await connect({ authentication, frontend, certificate: await readFile('tls-cert.pem', 'utf8') });
 *     await client.login('alice', password);
 *
 * Connections are made when they are needed; with a fingerprint the certificate is fetched at once. Rejects with
 * `GaiwanError`: bad-connection-options, cannot-connect, untrusted-server.
 */
export async function connect(options: ConnectOptions): Promise<Gaiwan> {
  const authentication = addressOf(options.authentication, 'authentication');
  const frontend = addressOf(options.frontend, 'frontend');
  const pin = await pinFor(frontend, options);
  return new Gaiwan({ authentication, frontend, pin, protocol: options.protocol ?? 'grpc' });
}

async function pinFor(frontend: URL, { certificate, fingerprint }: ConnectOptions): Promise<Pin> {
  if (certificate !== undefined) {
    const pin = pinCertificate(certificate);
    if (fingerprint !== undefined && !parseFingerprint(fingerprint).equals(pin.fingerprint)) {
      throw new GaiwanError(
        'bad-connection-options',
        'The certificate does not have the fingerprint given with it.',
      );
    }
    return pin;
  }
  if (fingerprint !== undefined) return fetchPinned(frontend, parseFingerprint(fingerprint));
  throw new GaiwanError(
    'bad-connection-options',
    "Say whom to trust: give the platform's certificate (tls-cert.pem of its data folder) or its SHA-256 fingerprint.",
  );
}

function addressOf(text: string, what: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:' || url.pathname !== '/' || url.search !== '' || url.username !== '') {
    throw new GaiwanError(
      'bad-connection-options',
      `The ${what} address must look like https://host:port; this is ${JSON.stringify(text)}.`,
    );
  }
  return url;
}
