/** A small platform for tests: attested TLS, HTTP/2 and HTTP/1.1, RPC routes of the test's choice, and raw requests. */
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { type ConnectRouter, createContextValues } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { type AttestedIdentity, followRenewals, serverOptions } from '@gaiwan/enclave';
import { connectionKey, INSTANCE, sayWhatConnections } from './attestation.ts';

export interface TestServer {
  readonly url: string;
  readonly port: number;
  /** Requests that got as far as the application, without those for evidence about connections. */
  readonly requests: () => number;
  close(): Promise<void>;
}

export interface TestServerOptions {
  /** Default: a free one. */
  readonly port?: number;
  readonly instance?: string;
  readonly routes?: (router: ConnectRouter) => void;
  /** Takes what no route does. */
  readonly raw?: (request: Http2ServerRequest, response: Http2ServerResponse) => void;
}

export async function startServer(
  identity: AttestedIdentity,
  options: TestServerOptions = {},
): Promise<TestServer> {
  let requests = 0;
  const adapter = connectNodeAdapter({
    routes(router) {
      sayWhatConnections(router, identity, options.instance ?? INSTANCE);
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
    if (!request.url.endsWith('/GetConnectionEvidence')) requests++;
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
