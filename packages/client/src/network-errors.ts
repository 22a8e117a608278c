/** What the operating system and TLS say, in words that tell what to do. */
import { systemCode } from '@gaiwan/errors';
import { UntrustedPeer } from '@gaiwan/trust';
import { GaiwanError } from './errors.ts';

const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: is the platform running, and is the port right?',
  ENOTFOUND: 'the host name is unknown: check its spelling.',
  EAI_AGAIN: 'the host name could not be looked up: check the network.',
  EHOSTUNREACH: 'there is no way to the host: check the network.',
  ENETUNREACH: 'there is no network.',
  ETIMEDOUT: 'the host does not answer: check the address and any firewall.',
};

/** The typed error behind a chain of causes, or undefined where it has nothing to do with the network. */
export function networkError(error: unknown, where: string): GaiwanError | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if (at instanceof GaiwanError) return at;
    if (at instanceof UntrustedPeer) return untrustedServer(where, at, error);
    const code = systemCode(at);
    if (code === undefined) continue;
    const advice = UNREACHABLE[code];
    if (advice)
      return new GaiwanError('cannot-connect', `Cannot reach ${where}: ${advice}`, { cause: error });
    if (code === 'EPROTO' || code.startsWith('ERR_SSL')) {
      return new GaiwanError('cannot-connect', `${where} does not speak TLS as this client does (${code}).`, {
        cause: error,
      });
    }
    if (code === 'ECONNRESET' || code === 'EPIPE' || code.startsWith('ERR_HTTP2'))
      return connectionLost(where, error);
  }
  return undefined;
}

export function connectionLost(where: string, cause?: unknown): GaiwanError {
  return new GaiwanError(
    'connection-lost',
    `The connection to ${where} broke before the answer came: look whether the call took effect, then try again.`,
    { cause },
  );
}

function untrustedServer(where: string, refusal: UntrustedPeer, cause: unknown): GaiwanError {
  if (refusal.reason === 'wrong-instance')
    return new GaiwanError(
      'wrong-instance',
      `${where} is not the platform that you mean. ${refusal.message} Nothing but a nonce was sent.`,
      { cause, reason: refusal.reason },
    );
  return new GaiwanError(
    'untrusted-server',
    `${where} is not a platform that you trust. ${refusal.message} Nothing but a nonce was sent.`,
    { cause, reason: refusal.reason },
  );
}
