/** A worker's connection to its platform: attested TLS over a Unix socket, RPC over HTTP/2 and blobs over HTTP/1.1. */
import type { MessageShape } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import type { AttestedIdentity, OwnEvidence } from '@gaiwan/enclave';
import { worker as wire } from '@gaiwan/protocol';
import {
  AttestedAgent,
  askOverHttp1,
  connectAttested,
  type InstancePin,
  type PeerVerifier,
  verifyConnection,
} from '@gaiwan/trust';
import { limits } from '../../limits.ts';
import { askOverRpc, ownEvidence } from './confirm.ts';
import type { FromWorker } from './lease-work.ts';
import { PlatformFiles } from './platform-files.ts';
import { RemoteFiles, type TaskFiles } from './task-files.ts';

/** What a worker has of its platform for one session. */
export interface PlatformLink {
  /** About this connection, for the hello. */
  readonly own: OwnEvidence;
  readonly files: TaskFiles;
  /** Carries messages both ways, until the signal or the connection ends it. */
  attach(
    outbox: AsyncIterable<FromWorker>,
    signal: AbortSignal,
  ): AsyncIterable<MessageShape<typeof wire.ToWorkerSchema>>;
  close(): void;
}

/** Opens one: rejects with why there is none, or why it is refused. */
export type ReachPlatform = (signal: AbortSignal, pin: InstancePin) => Promise<PlatformLink>;

export interface TlsOptions {
  /** Unix socket of the platform. */
  readonly socket: string;
  /** Who this worker is, and who may be its platform. */
  readonly identity: AttestedIdentity;
  readonly verifier: PeerVerifier;
  /** Origins that URLs of tasks' files may have, beside the platform itself: this worker's own decision, not its platform's. */
  readonly allowedOrigins: readonly string[];
}

export const reachOverTls =
  ({ socket: path, identity, verifier, allowedOrigins }: TlsOptions): ReachPlatform =>
  async (signal, pin) => {
    const settings = { path, identity, verifier, signal };
    const { socket, peer } = await connectAttested({ ...settings, protocols: ['h2'] });
    const transport = createConnectTransport({
      httpVersion: '2',
      baseUrl: 'https://platform',
      // The one that was judged; when it is over, this session is, and the next judges anew.
      nodeOptions: { createConnection: () => socket },
    });
    const client = createClient(wire.WorkerService, transport);
    let own: OwnEvidence;
    try {
      const patience = AbortSignal.any([signal, AbortSignal.timeout(limits.confirming.value)]);
      await verifyConnection(socket, { peer, verifier, pin, ask: askOverRpc(transport, patience) });
      own = await ownEvidence(socket, identity);
    } catch (error) {
      socket.destroy();
      throw error;
    }
    const agent = agentFor(settings, pin);
    return {
      own,
      files: new RemoteFiles(new PlatformFiles(agent), allowedOrigins),
      attach: (outbox, until) => client.attach(outbox, { signal: until }),
      close() {
        agent.destroy();
        socket.destroy();
      },
    };
  };

/** For blobs: each connection is confirmed, as that of the leases is. */
function agentFor(
  settings: Pick<TlsOptions, 'identity' | 'verifier'> & {
    readonly path: string;
    readonly signal: AbortSignal;
  },
  pin: InstancePin,
): AttestedAgent {
  const { verifier, signal } = settings;
  return new AttestedAgent({
    ...settings,
    confirm: ({ socket, peer }) => {
      const patience = AbortSignal.any([signal, AbortSignal.timeout(limits.confirming.value)]);
      return verifyConnection(socket, { peer, verifier, pin, ask: askOverHttp1(socket, patience) });
    },
  });
}
