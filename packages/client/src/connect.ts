import { VerificationCache } from '@gaiwan/attestation';
import { systemCode } from '@gaiwan/errors';
import { InstancePin, type Service, type ServiceTrust, serviceVerifier } from '@gaiwan/trust';
import { GaiwanError } from './errors.ts';
import { Gaiwan } from './gaiwan.ts';
import { requireNode } from './node-version.ts';
import { StateGuard } from './state/guard.ts';
import { type StateMemory, StatesInMemory } from './state/memory.ts';

export interface ConnectOptions {
  /** `https://host:7776` */
  readonly authentication: string;
  /** `https://host:7777` */
  readonly frontend: string;
  /** What the platform may run, and on whose machines: reference values of auditors, or an explicit policy. */
  readonly trust: ServiceTrust;
  /**
   * Id of the platform's instance, 64 hexadecimal digits: another one is refused (`wrong-instance`), however genuine it is. Default: the
   * first that this client sees. Remember `client.instance` for the next client.
   */
  readonly instance?: string | undefined;
  /**
   * Where the newest state of each platform is remembered: an older one is refused (`state-older`, `state-forked`). Default: for the life
   * of this client alone. `stateFolder(path)` remembers it in files.
   */
  readonly states?: StateMemory | undefined;
  /**
   * The epoch that a platform is in now, where it was in an older one when it was last seen, and its operator has told why: a newer
   * epoch is refused (`state-new-epoch`) until it is named here once.
   */
  readonly acceptEpoch?: number | undefined;
  /** How calls travel (default: grpc). */
  readonly protocol?: 'grpc' | 'connect' | undefined;
}

/**
 * A client that talks to programs which `trust` accepts and to nobody else: each connection is judged by the evidence in the
 * server's certificate before the first byte is sent, and by evidence about that very connection before anything but a nonce is.
 * There is no insecure mode.
 *
 *     const trust = { ...vendorTrust(), reference: { enclaveInfo, signatures, auditors: { keys, needed: 2 } } };
 *     const client = await connect({ authentication, frontend, trust });
 *     await client.login('alice', password);
 *
 * Connections are made when they are needed, or with `client.verify()`. Rejects with `GaiwanError`: unsupported-node, bad-connection-options, and
 * untrusted-auditors where not enough of them have signed.
 */
export async function connect(options: ConnectOptions): Promise<Gaiwan> {
  requireNode(process.versions.node);
  const trust = { cache: new VerificationCache(), ...options.trust };
  const verifier = (service: Service) => {
    try {
      return serviceVerifier(trust, service);
    } catch (cause) {
      if (!(cause instanceof Error)) throw cause;
      const reason = systemCode(cause);
      throw new GaiwanError(
        reason === 'wrong-signature' || reason === 'auditors-missing'
          ? 'untrusted-auditors'
          : 'bad-connection-options',
        cause.message,
        { cause, reason },
      );
    }
  };
  return new Gaiwan({
    authentication: addressOf(options.authentication, 'authentication'),
    frontend: addressOf(options.frontend, 'frontend'),
    verifiers: {
      authentication: verifier('teaclave_authentication_service'),
      frontend: verifier('teaclave_frontend_service'),
    },
    pin: pinOf(options.instance),
    guard: new StateGuard({
      memory: options.states ?? new StatesInMemory(),
      acceptEpoch: options.acceptEpoch,
    }),
    protocol: options.protocol ?? 'grpc',
  });
}

function pinOf(instance: string | undefined): InstancePin {
  if (instance !== undefined && !/^[0-9a-f]{64}$/i.test(instance))
    throw new GaiwanError(
      'bad-connection-options',
      `The id of an instance has 64 hexadecimal digits; this is ${JSON.stringify(instance.slice(0, 80))}.`,
    );
  return new InstancePin(instance);
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
