/** A bare TLS echo on the same RPC stack, in a process of its own: prints its port and runs until its stdin ends. */
import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { storage } from '@gaiwan/protocol';

const [certificate, key] = process.argv.slice(2) as [string, string];
const server = createSecureServer(
  { cert: readFileSync(certificate), key: readFileSync(key), allowHTTP1: true },
  connectNodeAdapter({
    routes: (router) =>
      router.service(storage.TeaclaveStorage, { get: (request) => ({ value: request.key }) }),
  }),
);
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
process.stdin.on('end', () => process.exit()).resume();
