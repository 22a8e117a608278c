/** A genuine service in this process, and a thief who got hold of its TLS key: what the attacks on attested connections start from. */
import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect as connectTls, createServer, TLSSocket } from 'node:tls';
import {
  type Client,
  type ConnectRouter,
  createClient,
  createContextKey,
  createContextValues,
} from '@connectrpc/connect';
import { connectNodeAdapter, createConnectTransport } from '@connectrpc/connect-node';
import type { ServiceTrust } from '@gaiwan/client';
import { authentication, gaiwan } from '@gaiwan/protocol';
import { FIRST_STATE, testInstance } from '../../packages/client/src/testing/attestation.ts';
import { makeMachine, type TestMachine } from '../../packages/client/src/testing/machine.ts';
import { open } from '../../packages/platform/src/pipeline/method.ts';
import { serveOpen } from '../../packages/platform/src/pipeline/public-service.ts';
import { startRpcServer } from '../../packages/platform/src/rpc/server.ts';
import { stateService } from '../../packages/platform/src/rpc/state.ts';

export const PASSWORD = 'correct horse battery staple';

/** For methods of every type at once, none of which is called. */
const denied = (() => Promise.reject(new Error('nobody asks for this'))) as never;
const because = 'a test';

/** What logs everybody in, in the platform's own RPC server. */
const logins = serveOpen(authentication.TeaclaveAuthenticationApi, {
  ...Object.fromEntries(
    authentication.TeaclaveAuthenticationApi.methods.map(({ localName }) => [
      localName,
      open({ because, run: denied }),
    ]),
  ),
  userLogin: open<typeof authentication.TeaclaveAuthenticationApi.method.userLogin>({
    because,
    run: async () => ({ token: 'a token' }),
  }),
  // The record above has every method, which its type does not say.
} as unknown as Parameters<typeof serveOpen<typeof authentication.TeaclaveAuthenticationApi>>[1]);

export interface Genuine {
  readonly machine: TestMachine;
  readonly trust: ServiceTrust;
  readonly instance: string;
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

/** A service with the platform's own server. `machine`: another instance of it, of the same program on the same machine. */
export async function genuineService(machine?: TestMachine): Promise<Genuine> {
  const instance = testInstance();
  const own = machine ?? (await makeMachine());
  const report = (error: unknown) => {
    throw error;
  };
  const state = stateService({
    instance,
    runs: { state: async () => FIRST_STATE, hasPast: () => true },
    clock: { now: Date.now },
  });
  const options = { identity: own.identity, instance: instance.id, services: [logins, state], report };
  const server = await startRpcServer({ host: '127.0.0.1', port: 0 }, options);
  return {
    machine: own,
    trust: own.trust,
    instance: instance.id,
    port: server.port,
    url: `https://127.0.0.1:${server.port}`,
    async close() {
      await server.close();
      if (machine === undefined) own.identity.close();
    },
  };
}

export interface Thief {
  readonly port: number;
  readonly url: string;
  /** What the victims said, in the clear. */
  said(): string;
  close(): Promise<void>;
}

async function listening(
  server: Server,
  sockets: Set<Socket>,
): Promise<Pick<Thief, 'port' | 'url' | 'close'>> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on a port has one.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `https://127.0.0.1:${port}`,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Ends TLS with the stolen key and certificate, reads along, and relays everything to the genuine service and back. */
export async function relay({
  machine,
  port,
}: {
  readonly machine: Pick<TestMachine, 'identity'>;
  readonly port: number;
}): Promise<Thief> {
  const { key, certificate: cert } = machine.identity.current;
  const heard: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ key, cert, ALPNProtocols: ['h2', 'http/1.1'] }, (victim) => {
    const protocol = victim.alpnProtocol || 'http/1.1';
    const upstream = connectTls({ port, rejectUnauthorized: false, ALPNProtocols: [protocol] });
    for (const socket of [victim, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    victim.on('data', (chunk: Buffer) => heard.push(chunk));
    victim.pipe(upstream).pipe(victim);
  });
  return { ...(await listening(server, sockets)), said: () => Buffer.concat(heard).toString('latin1') };
}

type Service = Client<typeof gaiwan.AttestationService>;
interface Answer {
  readonly certificate: Uint8Array;
  readonly instanceId: Uint8Array;
  readonly signature?: Uint8Array;
}
/** What the thief says about the connection with a victim, and how it comes by that. */
export type Lie = (about: {
  readonly nonce: Uint8Array;
  /** The thief's end of the connection with the victim. */
  readonly socket: TLSSocket;
  /** The genuine service, on a connection of the thief's own. */
  readonly genuine: Service;
}) => Promise<Answer>;

const socketKey = createContextKey<TLSSocket | undefined>(undefined, { description: 'connection' });

/** Asks a genuine service, as anybody can. */
const askGenuine = (url: string): Service =>
  createClient(
    gaiwan.AttestationService,
    createConnectTransport({
      httpVersion: '2',
      baseUrl: url,
      nodeOptions: { rejectUnauthorized: false },
    }),
  );

/** A service of the thief's, behind the stolen key and certificate, that lies about its connections. */
export async function impostor({ machine, url }: Genuine, lie: Lie): Promise<Thief> {
  const { key, certificate: cert } = machine.identity.current;
  const heard: string[] = [];
  const genuine = askGenuine(url);
  const sockets = new Set<Socket>();
  const routes = (router: ConnectRouter) => {
    router.rpc(gaiwan.AttestationService.method.getConnectionEvidence, ({ nonce }, { values }) => {
      const socket = values.get(socketKey);
      if (socket === undefined) throw new Error('there is no connection');
      return lie({ nonce, socket, genuine });
    });
    router.rpc(authentication.TeaclaveAuthenticationApi.method.userLogin, ({ id, password }) => {
      heard.push(id, password);
      return { token: 'a token of the thief' };
    });
  };
  const contextValues = ({ socket }: { readonly socket: unknown }) =>
    createContextValues().set(socketKey, socket instanceof TLSSocket ? socket : undefined);
  const handler = connectNodeAdapter({
    routes,
    contextValues,
    fallback: (request, response) => {
      heard.push(request.headers.authorization ?? '');
      response.statusCode = 404;
      response.end();
    },
  });
  const server = createSecureServer({ key, cert, allowHTTP1: true }, handler);
  server.on('sessionError', () => undefined);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  return { ...(await listening(server, sockets)), said: () => heard.join(' ') };
}
