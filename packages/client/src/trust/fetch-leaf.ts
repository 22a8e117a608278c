/** Asks a server for its certificate, sends it nothing, and believes nothing but the certificate's hash. */
import { timingSafeEqual } from 'node:crypto';
import { connect } from 'node:tls';
import { GaiwanError } from '../errors.ts';
import { networkError, untrusted } from '../network-errors.ts';
import { type Pin, pinOf } from './pin.ts';

const TIMEOUT_MS = 15_000;

/**
 * The pin of the server's certificate if its SHA-256 is the expected one. The handshake here is only a way to learn the
 * certificate's bytes: every connection that carries data is made anew and verified against them.
 */
export async function fetchPinned(url: URL, expected: Buffer): Promise<Pin> {
  const where = url.host;
  const socket = connect({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || 443),
    ALPNProtocols: ['h2', 'http/1.1'],
    // Not yet: the hash is compared below, before anything is sent.
    rejectUnauthorized: false,
  });
  try {
    const pin = await new Promise<Pin>((resolve, reject) => {
      socket.setTimeout(TIMEOUT_MS, () =>
        reject(
          new GaiwanError('cannot-connect', `${where} does not answer: check the address and any firewall.`),
        ),
      );
      socket.once('error', reject);
      socket.once('close', () =>
        reject(new GaiwanError('cannot-connect', `${where} closed the connection: no TLS?`)),
      );
      socket.once('secureConnect', () => {
        const leaf = socket.getPeerX509Certificate();
        if (leaf) resolve(pinOf(leaf));
        else reject(untrusted(where, 'it presents no certificate'));
      });
    });
    if (!timingSafeEqual(pin.fingerprint, expected)) {
      throw untrusted(where, `its certificate has the SHA-256 ${pin.fingerprint.toString('hex')}`);
    }
    return pin;
  } catch (error) {
    throw networkError(error, where) ?? error;
  } finally {
    socket.destroy();
  }
}
