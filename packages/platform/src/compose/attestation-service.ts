/** The attestation service in a process of its own, with an attested certificate and its keys in a sealed store. */
import { createHash, createPublicKey } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { Policy } from '@gaiwan/attestation';
import {
  AttestedIdentity,
  ConnectionAnswers,
  followRenewals,
  type Machine,
  type MachineSettings,
  measureConfiguration,
  serverOptions,
} from '@gaiwan/enclave';
import { type RootsOfTrust, vendorTrust } from '@gaiwan/trust';
import { systemClock } from '../clock.ts';
import type { PlatformError } from '../errors.ts';
import { limits } from '../limits.ts';
import { boundsOf, Connections } from '../rpc/connections.ts';
import { listen, portOf, stopServer } from '../rpc/listening.ts';
import {
  type AttestationServiceOptions,
  attestationHandler,
  Judge,
  openKeys,
  rateOf,
} from '../services/attestation/index.ts';
import { openInstance } from '../state/instance.ts';
import { hostName, LOCAL } from './address.ts';
import { type Closable, construct } from './construct.ts';
import { failureOf } from './health.ts';
import { type NamedAnchor, namedAnchorOf } from './machine.ts';
import { openSealedStore } from './sealed-store.ts';
import { attestationDecisions, openServiceMachine } from './service-machine.ts';

export interface AttestationServerOptions {
  /** Folder of the package that the process was started from. */
  readonly program: string;
  readonly data: string;
  readonly machine: MachineSettings;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 8443; 0 takes a free one. */
  readonly port?: number;
  /** What its results affirm. Default: as `attestationDecisions` says. */
  readonly policy?: Policy;
  readonly version: string;
  /** Requests of one address (IPv6: of one network of 64 bits) in a second, in the long run; four times as many at once. Default: 10. */
  readonly perSecond?: number;
  /** As `PlatformOptions.connectionsPerAddress`. */
  readonly connectionsPerAddress?: number;
  readonly report: (error: unknown) => void;
}

export interface RunningService extends Closable {
  readonly url: string;
  readonly tee: Machine['attester']['kind'];
  readonly registers: Machine['registers'];
  /** As `RunningPlatform.anchor`. */
  readonly anchor?: NamedAnchor;
  /** As `RunningPlatform.failed`. */
  readonly failed: Promise<PlatformError>;
  /** As `RunningPlatform.rotateKeys`. */
  rotateKeys(): Promise<void>;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('base64url');

/** Rejects with `PlatformError`, and what `openMachine` rejects with. */
export const startAttestationService = (options: AttestationServerOptions): Promise<RunningService> =>
  construct(({ parts }) => start(options, parts), options.report);

async function start(
  options: AttestationServerOptions,
  parts: AsyncDisposableStack,
): Promise<Omit<RunningService, 'close'>> {
  const { data, host = LOCAL, port = 8443, report } = options;
  const decisions = attestationDecisions(options.policy);
  const { policy } = decisions;
  const { machine, configuration } = await openServiceMachine({ ...options, decisions });
  await mkdir(data, { recursive: true, mode: 0o700 });
  const store = parts.adopt(await openSealedStore(data, machine, { clock: systemClock, report }), (it) =>
    it.close(),
  );
  const judge = new Judge({ trust: trustOf(options.machine, machine), now: () => systemClock.now() });
  const keys = await openKeys(store, systemClock.now(), judge.simulated);
  const { attester, registers } = machine;
  const identity = parts.adopt(
    await AttestedIdentity.create({ attester, configuration, hosts: [host], report }),
    (it) => it.close(),
  );
  const { id: instance } = await openInstance(store, systemClock);
  const connections = new ConnectionAnswers(identity, new Uint8Array(Buffer.from(instance, 'hex')));
  const server = createServer(
    {
      ...serverOptions(identity),
      handshakeTimeout: limits.handshake.value,
      requestTimeout: limits.attestationRequest.value,
      headersTimeout: limits.firstRequest.value,
      connectionsCheckingInterval: limits.attestationCheck.value,
    },
    handlerOf({ ...options, policy }, { judge, keys, connections }),
  );
  new Connections({ most: limits.attestationConnections.value, ...boundsOf(options) }).watch(server);
  parts.defer(followRenewals(server, identity));
  await listen(server, { host, port });
  parts.defer(() => stopServer(server));
  // A stop begins with it.
  parts.defer(() => store.hurry());
  return {
    url: `https://${hostName(host)}:${portOf(server)}`,
    tee: attester.kind,
    registers,
    ...namedAnchorOf(machine),
    failed: failureOf(store),
    rotateKeys: () => store.rotateKeys(),
  };
}

/** On a simulated machine it vouches for simulated machines alone, on a real one for all that vendors vouch for. */
const trustOf = (settings: MachineSettings, machine: Machine): RootsOfTrust =>
  settings.tee === 'simulation' ? machine.trust : vendorTrust({ ...settings, provenOnly: true });

function handlerOf(
  {
    policy,
    version,
    perSecond = limits.attestationRate.value,
    report,
  }: AttestationServerOptions & { readonly policy: Policy },
  { judge, keys, connections }: Pick<AttestationServiceOptions, 'judge' | 'keys' | 'connections'>,
): RequestListener {
  const jwk = createPublicKey({ key: Buffer.from(keys.ear.spki), format: 'der', type: 'spki' }).export({
    format: 'jwk',
  });
  // RFC 7638.
  const kid = sha256(JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y }));
  const jwks = { keys: [{ ...jwk, kid, use: 'sig', alg: 'ES256' }] };
  const policyId = `urn:sha256:${measureConfiguration(policy)}`;
  const rate = rateOf(perSecond);
  return attestationHandler(
    { judge, keys, connections, policy, policyId, version, clock: systemClock, report, rate },
    kid,
    jwks,
  );
}
