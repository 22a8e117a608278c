/** A small platform for tests: attested TLS, HTTP/2 and HTTP/1.1, RPC routes of the test's choice, and raw requests. */
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { type ConnectRouter, createContextValues } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { type AttestedIdentity, followRenewals, serverOptions } from '@gaiwan/enclave';
import type { PlatformState } from '@gaiwan/trust';
import {
  connectionKey,
  FIRST_STATE,
  sayWhatConnections,
  sayWhatState,
  type TestInstance,
  testInstance,
} from './attestation.ts';

export interface TestServer {
  readonly url: string;
  readonly port: number;
  /** Requests that got as far as the application, without those for evidence about connections and for the state. */
  readonly requests: () => number;
  close(): Promise<void>;
}

export interface TestServerOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Default: one for all servers of a test file. */
  readonly instance?: TestInstance;
  /** How far its data have come. */
  readonly state?: () => PlatformState;
  readonly routes?: (router: ConnectRouter) => void;
  /** Takes what no route does. */
  readonly raw?: (request: Http2ServerRequest, response: Http2ServerResponse) => void;
}

const usual = testInstance();

export async function startServer(
  identity: AttestedIdentity,
  options: TestServerOptions = {},
): Promise<TestServer> {
  let requests = 0;
  const adapter = connectNodeAdapter({
    routes(router) {
      const instance = options.instance ?? usual;
      sayWhatConnections(router, identity, instance);
      sayWhatState(router, instance, options.state ?? (() => FIRST_STATE));
      options.routes?.(router);
    },
    contextValues: ({ socket }) =>
      createContextValues().set(connectionKey, socket instanceof TLSSocket ? socket : undefined),
    fallback: (request, response) => {
      if (options.raw) options.raw(request as Http2ServerRequest, response as Http2ServerResponse);
      else (response as Http2ServerResponse).writeHead(404).end();
    },
  });
  const server = createSecureServer({ ...serverOptions(identity), allowHTTP1: true });
  const stopFollowing = followRenewals(server, identity);
  server.on('request', (request, response) => {
    if (!/\/(?:GetConnectionEvidence|GetState)$/.test(request.url)) requests++;
    adapter(request, response);
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // Clients that turn away in the middle of a handshake are what some tests are about.
    socket.on('error', () => undefined);
  });
  server.on('sessionError', () => undefined);
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    port,
    requests: () => requests,
    async close() {
      stopFollowing();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
