/** A genuine service in this process, and a thief who got hold of its TLS key: what the attacks on attested connections start from. */
import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { createServer, connect as connectTls, type TLSSocket } from 'node:tls';
import { authentication } from '@gaiwan/protocol';
import type { ServiceTrust } from '@gaiwan/client';
import { makeMachine, type TestMachine } from '../../packages/client/src/testing/machine.ts';
import { open } from '../../packages/platform/src/pipeline/method.ts';
import { serveOpen } from '../../packages/platform/src/pipeline/public-service.ts';
import { startRpcServer } from '../../packages/platform/src/rpc/server.ts';

export const PASSWORD = 'correct horse battery staple';

const denied = () => Promise.reject(new Error('nobody asks for this'));

/** What logs everybody in, in the platform's own RPC server. */
const logins = serveOpen(authentication.TeaclaveAuthenticationApi, {
  ...Object.fromEntries(
    authentication.TeaclaveAuthenticationApi.methods.map(({ localName }) => [
      localName,
      open({ because: 'a test', run: denied }),
    ]),
  ),
  userLogin: open({ because: 'a test', run: async () => ({ token: 'a token' }) }),
} as unknown as Parameters<typeof serveOpen<typeof authentication.TeaclaveAuthenticationApi>>[1]);

export interface Genuine {
  readonly machine: TestMachine;
  readonly trust: ServiceTrust;
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

export async function genuineService(): Promise<Genuine> {
  const machine = await makeMachine();
  const report = (error: unknown) => {
    throw error;
  };
  const options = { identity: machine.identity, services: [logins], report };
  const server = await startRpcServer({ host: '127.0.0.1', port: 0 }, options);
  return {
    machine,
    trust: machine.trust,
    port: server.port,
    url: `https://127.0.0.1:${server.port}`,
    async close() {
      await server.close();
      machine.identity.close();
    },
  };
}

export interface Thief {
  readonly url: string;
  /** What the victims said, in the clear. */
  said(): string;
  close(): Promise<void>;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

/** Ends TLS with the stolen key and certificate, reads along, and relays everything to the genuine service and back. */
export async function relay({ machine, port }: Genuine): Promise<Thief> {
  const { key, certificate: cert } = machine.identity.current;
  const heard: Buffer[] = [];
  const sockets = new Set<TLSSocket>();
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
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://127.0.0.1:${portOf(server)}`,
    said: () => Buffer.concat(heard).toString('latin1'),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
